import Addressing
import EventLoop
import Glibc

/// A /16 of 127.0.0.0/8 that this run has for itself, while others play beside it.
enum LoopbackNetwork {
    /// Those below are likelier to be somebody's.
    static let numbers: ClosedRange<UInt8> = 16...215
    /// Behind the addresses of the largest fleet. Who listens there has the network, until its process ends.
    private static let host: UInt32 = 0xfffd

    /// - Parameter network: its second byte.
    static func address(_ host: UInt32, in network: UInt8) -> IPAddress {
        IPAddress(v4: 0x7f00_0000 | UInt32(network) << 16 | host)
    }

    /// - Parameter first: the one to try first; others follow where it is taken.
    /// - Returns: its second byte.
    static func take(startingAt first: Int = Int(getpid())) throws -> UInt8 {
        for place in 0..<numbers.count {
            let number = numbers.lowerBound + UInt8((first + place) % numbers.count)
            do throws(SocketError) {
                _ = try ListeningSocket(SocketAddress(address(host, in: number), port: ScenarioPlanner.kubeletPort))
                return number
            } catch {
                guard error.code == EADDRINUSE else { throw RunError("no addresses for the kubelets: \(error)") }
            }
        }
        throw RunError("each of the networks from 127.\(numbers.lowerBound).0.0/16 on has a run of its own")
    }
}
