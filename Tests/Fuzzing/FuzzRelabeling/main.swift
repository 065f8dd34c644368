import Fuzzing

// Labels and rules, as ``RelabelCase`` reads them.
Fuzzer.run { bytes in
    guard let text = String(validating: bytes, as: UTF8.self) else { return }
    let example = RelabelCase(text)
    RegexpProperties.check(example)
    RuleProperties.check(example)
}
