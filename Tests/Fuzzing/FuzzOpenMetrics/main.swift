import Exposition
import Fuzzing
import Rewriting

// Bodies in OpenMetrics.
Fuzzer.run { TextProperties.check($0, .openMetrics) }
