import Exposition
import Fuzzing
import Rewriting

// Bodies in text 0.0.4 and 1.0.0.
Fuzzer.run { TextProperties.check($0, .prometheus) }
