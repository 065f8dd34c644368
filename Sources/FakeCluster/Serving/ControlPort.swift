package import Addressing
import EventLoop

/// A plain HTTP port that hands requests to a function, for a tool that wants to be told things while it runs.
package struct ControlPort: Sendable {
    package let address: SocketAddress

    /// What the function answers: a status and a line of text.
    package struct Answer: Sendable {
        package let status: Int
        package let text: String

        package init(_ status: Int, _ text: String) {
            self.status = status
            self.text = text
        }
    }
}

extension FakeCluster {
    package func controlPort(
        at address: SocketAddress, answer: @escaping @Sendable (ReceivedRequest) async -> ControlPort.Answer
    ) async throws -> ControlPort {
        let (_, bound) = try await servers.listen(
            on: address, tls: { nil },
            serve: { _, connection in
                do throws(ConnectionEnd) {
                    while let request = try await connection.readRequest(until: nil) {
                        _ = try await connection.readBody(of: request)
                        let answer = await answer(request)
                        let body = Array((answer.text + "\n").utf8)
                        let head =
                            StatusLine.text(answer.status)
                            + "Content-Type: text/plain; charset=utf-8\r\nContent-Length: \(body.count)\r\n\r\n"
                        try await connection.send(Array(head.utf8) + body)
                    }
                } catch {
                    connection.close()
                }
            })
        return ControlPort(address: bound)
    }
}
