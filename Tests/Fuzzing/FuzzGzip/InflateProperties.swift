import Exposition
import Fuzzing

/// What holds for every gzip stream.
enum InflateProperties {
    static func check(_ stream: [UInt8]) {
        let inflater = GzipInflater()
        let whole = Inflated(stream, with: inflater)
        for cuts in [[]] + Cuts.some(of: stream) {
            for piece in [1 << 16, 1021, 1] where piece > 1 || whole.content.count < 1024 {
                // What a stream left behind, a broken one too, doesn't show in the next.
                inflater.reset()
                let pieces = Inflated(stream, cutAt: cuts, piece: piece, with: inflater)
                expectSame(pieces, whole, "cut at \(cuts) into pieces of \(piece)")
            }
        }
        CodedProperties.check(stream, whole)
    }

    private static func expectSame(_ pieces: Inflated, _ whole: Inflated, _ context: @autoclosure () -> String) {
        if whole.isCut || pieces.isCut {
            // The limit is met within a piece more or less.
            let count = min(whole.content.count, pieces.content.count)
            require(whole.content.prefix(count) == pieces.content.prefix(count), "\(context()): other content")
            return
        }
        require(pieces.error == whole.error, "\(context()): \(pieces.error as Any), not \(whole.error as Any)")
        if whole.error == nil {
            require(pieces.content == whole.content, "\(context()): other content")
        } else {
            // How much came out before the error may differ, but not what.
            let count = min(whole.content.count, pieces.content.count)
            require(whole.content.prefix(count) == pieces.content.prefix(count), "\(context()): other content")
        }
    }
}
