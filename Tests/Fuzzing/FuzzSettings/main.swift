import Fuzzing
import Settings

// A configuration file.
Fuzzer.run { bytes in
    guard let text = String(validating: bytes, as: UTF8.self) else { return }
    do throws(SettingsErrors) {
        _ = try ProxySettings(yaml: text, file: "c.yaml")
    } catch {
        require(!error.errors.isEmpty, "refused without a reason")
        let lines = text.unicodeScalars.count { "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0) } + 1
        for error in error.errors {
            require(!error.message.isEmpty, "an empty message")
            guard case .file("c.yaml", let line) = error.place else { return require(false, "place \(error.place)") }
            // The end of the document is the line behind its last.
            require((1...lines + 1).contains(line ?? 1), "line \(line ?? 0) of \(lines): \(error)")
        }
    }
}
