import EventLoop
import Exposition
import HTTP
import Listening
import Scraping

/// Takes a body out of its coding, through the rewriter and into the scraper's coding, piece by piece (spec 7).
struct Rewriting {
    let plan: RewritePlan
    let pool: GzipPool
    /// What the scraper takes.
    let coding: ContentCoding
    let loop: EventLoop

    /// Bytes of rewritten body worth sending before more is read.
    private static let worthSending = 32 * 1024

    /// Only whole answers are rewritten: the text of an error is none of the formats.
    static func applies(to head: ResponseHead) -> Bool { head.status == 200 }

    /// - Parameter watch: looks at the bytes before what becomes of them goes out.
    func relay(
        _ answer: ScrapeAnswer, isHead: Bool, watchedBy watch: EvidenceWatch?, to downstream: DownstreamConnection,
        _ scrape: inout ScrapeRecord
    ) async throws(ScrapeError) {
        let (source, format) = try rewritable(answer)
        if isHead { return try await relayHead(answer, to: downstream, &scrape) }
        guard format != .protobuf || plan.rewritesProtobuf else {
            throw .notRewritable(answer.address, "it is protobuf, though text was asked for")
        }
        let rewriter = CodedRewriter(plan.rewriter(for: format), from: source, to: coding, pool: pool)
        scrape.changes?.begin(plan, format, from: source, pool: pool)
        var writer = ChunkWriter(downstream)
        defer { scrape.rewritten = rewriter.counts }
        // Full, it may take what comes of one more piece.
        var output = OutputBytes(capacity: 2 * CodedRewriter.fullOutput, headroom: ChunkWriter.headroom)
        var turn = ScrapeTurn()
        while true {
            let (run, end) = try answer.unframed()
            var rest = unsafe UnsafeRawBufferPointer(rebasing: answer.buffer.bytes[run])
            if let changes = scrape.changes { unsafe changes.take(rest) }
            if let watch {
                unsafe watch.look(at: rest)
                try await watch.letPass(answer, waitingWith: downstream.parker)
            }
            while try unsafe !write(&rest, rewriter, &output, answer, &scrape) {
                if output.count >= Self.worthSending { try await send(&output, &writer, answer, &scrape) }
                await turn.moved(to: rewriter.counts.bytesIn)
            }
            answer.buffer.consume(end)
            if answer.isComplete {
                try await watch?.letPass(answer, waitingWith: downstream.parker)
                break
            }
            if output.count >= Self.worthSending { try await send(&output, &writer, answer, &scrape) }
            await turn.moved(to: rewriter.counts.bytesIn)
            try await answer.readMore(waitingWith: downstream.parker)
        }
        do throws(CodedRewriteError) { try rewriter.finish(to: &output) } catch {
            throw failure(error, answer, &scrape)
        }
        try await send(&output, &writer, answer, &scrape, isLast: true)
        scrape.changes?.end()
    }

    private func rewritable(_ answer: ScrapeAnswer) throws(ScrapeError) -> (ContentCoding, ExpositionFormat) {
        guard let source = ContentCoding(contentEncoding: answer.head.fields.list(.contentEncoding)) else {
            throw .notRewritable(answer.address, "its Content-Encoding is neither gzip nor identity, though asked for")
        }
        let contentType = answer.head.fields.list(.contentType)
        guard let format = ExpositionFormat(contentType: contentType) else {
            let what = contentType == nil ? "it has no Content-Type" : "its Content-Type is no exposition format"
            throw .notRewritable(answer.address, what)
        }
        return (source, format)
    }

    /// - Returns: false when there is more to do: `output` is full, or enough was done for one call.
    private func write(
        _ bytes: inout UnsafeRawBufferPointer, _ rewriter: CodedRewriter, _ output: inout OutputBytes,
        _ answer: ScrapeAnswer, _ scrape: inout ScrapeRecord
    ) throws(ScrapeError) -> Bool {
        do throws(CodedRewriteError) {
            return try unsafe rewriter.write(&bytes, to: &output)
        } catch { throw failure(error, answer, &scrape) }
    }

    private func failure(
        _ error: CodedRewriteError, _ answer: ScrapeAnswer, _ scrape: inout ScrapeRecord
    ) -> ScrapeError {
        scrape.rewriteFailure = error
        return .notRewritable(answer.address, "\(error)")
    }

    /// The head goes out with the first bytes: a body that is refused before that gets an answer that says why.
    private func send(
        _ output: inout OutputBytes, _ writer: inout ChunkWriter, _ answer: ScrapeAnswer, _ scrape: inout ScrapeRecord,
        isLast: Bool = false
    ) async throws(ScrapeError) {
        do throws(Interruption) {
            if !scrape.isHeadSent {
                writeHead(answer, with: &writer.downstream.head, scrape)
                writer.putFirst(writer.downstream.head.bytes)
                scrape.isHeadSent = true
                scrape.status = answer.head.status
            }
            scrape.bodyBytes += output.count
            try await writer.write(&output, isLast: isLast)
        } catch { throw ScrapeError(error, answer) }
    }

    private func writeHead(_ answer: ScrapeAnswer, with head: inout HeadWriter, _ scrape: ScrapeRecord) {
        head.startResponse(answer.head.status, reason: answer.head.reasonPhrase)
        AnswerHead.copyFields(of: answer.head, leavingOut: [.contentEncoding, .vary, .trailer], with: &head)
        if coding == .gzip { head.field("Content-Encoding", "gzip" as StaticString) }
        let vary = answer.head.fields.list(.vary).map { "\($0), Accept-Encoding" }
        head.field("Vary", vary ?? "Accept-Encoding")
        head.field("Transfer-Encoding", "chunked" as StaticString)
        AnswerHead.end(with: &head, scrape)
    }

    /// The length of the body that is left out is known to nobody before it is rewritten.
    private func relayHead(
        _ answer: ScrapeAnswer, to downstream: DownstreamConnection, _ scrape: inout ScrapeRecord
    ) async throws(ScrapeError) {
        writeHead(answer, with: &downstream.head, scrape)
        scrape.status = answer.head.status
        scrape.isHeadSent = true
        do throws(Interruption) {
            try await downstream.write(downstream.head.bytes)
        } catch { throw ScrapeError(error, answer) }
    }
}
