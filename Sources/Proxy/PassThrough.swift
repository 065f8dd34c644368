import EventLoop
import HTTP
import Listening
import Scraping

/// Nothing to change: the body's bytes go through as the kubelet sent them, framing and compression included (spec 7.1).
enum PassThrough {
    /// - Parameter watch: lets the bytes pass before they go out; nil: nothing could keep them.
    static func relay(
        _ answer: ScrapeAnswer, watchedBy watch: EvidenceWatch?, to downstream: DownstreamConnection,
        _ scrape: inout ScrapeRecord
    ) async throws(ScrapeError) {
        var count = try await bodyBytes(of: answer, watch, downstream)
        scrape.status = answer.head.status
        scrape.bodyBytes = count
        writeHead(answer, with: &downstream.head, scrape)
        let head = downstream.head.bytes
        do throws(Interruption) {
            // Head and first bytes of the body in one call, where the head fits before them.
            if head.count <= ScrapeAnswer.headroom {
                unsafe head.withUnsafeBytes { unsafe answer.buffer.prepend($0) }
                count += head.count
            } else {
                try await downstream.write(head)
            }
            scrape.isHeadSent = true
            try await downstream.write(count, of: answer.buffer)
        } catch { throw ScrapeError(error, answer) }
        var turn = ScrapeTurn()
        if watch?.isLooking != true, downstream.takesSplicedBytes, let pipe = answer.pipeForRest() {
            defer { answer.giveBack(pipe) }
            while !answer.isComplete {
                await turn.moved(to: scrape.bodyBytes)
                scrape.bodyBytes += try await answer.fill(pipe, waitingWith: downstream.parker)
                try await watch?.letPass(answer, waitingWith: downstream.parker)
                do throws(Interruption) { try await downstream.write(pipe) } catch {
                    throw ScrapeError(error, answer)
                }
            }
            return
        }
        while !answer.isComplete {
            await turn.moved(to: scrape.bodyBytes)
            try await answer.readMore(waitingWith: downstream.parker)
            count = try await bodyBytes(of: answer, watch, downstream)
            scrape.bodyBytes += count
            do throws(Interruption) {
                try await downstream.write(count, of: answer.buffer)
            } catch { throw ScrapeError(error, answer) }
        }
    }

    /// How many of the buffer's bytes may go out.
    private static func bodyBytes(
        of answer: ScrapeAnswer, _ watch: EvidenceWatch?, _ downstream: DownstreamConnection
    ) async throws(ScrapeError) -> Int {
        guard let watch else { return try answer.bodyBytesInBuffer() }
        let count =
            watch.isLooking
            ? try unsafe answer.bodyBytesInBuffer { unsafe watch.look(at: $0) } : try answer.bodyBytesInBuffer()
        try await watch.letPass(answer, waitingWith: downstream.parker)
        return count
    }

    private static func writeHead(_ answer: ScrapeAnswer, with writer: inout HeadWriter, _ scrape: ScrapeRecord) {
        let head = answer.head
        writer.startResponse(head.status, reason: head.reasonPhrase)
        AnswerHead.copyFields(of: head, with: &writer)
        switch answer.framing {
        case .chunked: writer.field("Transfer-Encoding", "chunked")
        case .length(let length): writer.field("Content-Length", String(length))
        case .none:
            // The answer to HEAD tells the length of the body it leaves out.
            if head.status != 204, let length = head.fields.first(.contentLength), Int(length) != nil {
                writer.field("Content-Length", length)
            }
        case .untilClose: break
        }
        AnswerHead.end(with: &writer, scrape)
    }
}

extension ScrapeError {
    /// Writing to the scraper was interrupted.
    init(_ interruption: Interruption, _ answer: ScrapeAnswer) {
        self =
            switch interruption {
            case .deadline: .timeout(answer.address, during: .body)
            case .hungUp: .downstreamGone
            case .cancelled: .cancelled
            }
    }
}
