import Relabeling

extension ProxySettings {
    /// Reads `stamp`, `honor_labels` and `metric_relabel_configs` (spec 7.2, 7.3).
    mutating func readRewriting(from root: SectionReader) {
        root.section("stamp") { section in
            for entry in section.entries {
                guard section.has(entry.key), let source = section.scalar(entry.key) else { continue }
                do throws(RelabelConfigError) {
                    stamp.append(try Stamp(label: entry.key, source: source.text))
                } catch {
                    section.refuse(entry.key, "\(error)")
                }
            }
        }
        root.read("honor_labels", into: &honorLabels, as: .bool)
        root.sections("metric_relabel_configs") { section in
            if let rule = section.relabelRule() { metricRelabelConfigs.append(rule) }
        }
    }
}

extension SectionReader {
    /// One rule in Prometheus' language: any scalar is a text, a key with nothing behind it is an empty one.
    fileprivate func relabelRule() -> RelabelConfig? {
        let errorsBefore = draft.errorCount
        var (action, separator, regex, targetLabel, replacement): (String?, String?, String?, String?, String?)
        var modulus: UInt64?
        let sourceLabels = words("source_labels")
        read("separator", into: &separator, as: .given)
        read("regex", into: &regex, as: .given)
        read("modulus", into: &modulus, as: .modulus)
        read("target_label", into: &targetLabel, as: .given)
        read("replacement", into: &replacement, as: .given)
        read("action", into: &action, as: .given)
        guard draft.errorCount == errorsBefore else { return nil }
        do throws(RelabelConfigError) {
            return try RelabelConfig(
                action: action, sourceLabels: sourceLabels, separator: separator, regex: regex, modulus: modulus,
                targetLabel: targetLabel, replacement: replacement)
        } catch {
            draft.refuse(path, "\(error)")
            return nil
        }
    }
}

extension ScalarType where Value == String? {
    fileprivate static var given: Self {
        Self { (spelling) throws(Mismatch) in spelling.text }
    }
}

extension ScalarType where Value == UInt64? {
    fileprivate static var modulus: Self {
        Self { (spelling) throws(Mismatch) in
            guard spelling.isPlain, let modulus = UInt64(spelling.text) else {
                throw Mismatch(message: "\"\(spelling.text)\" is no whole number: write 1 or more, without quotes")
            }
            return modulus
        }
    }
}
