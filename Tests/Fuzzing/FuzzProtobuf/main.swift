import Fuzzing
import Rewriting

// Bodies in delimited protobuf.
Fuzzer.run { body in
    ProtobufProperties.check(body)
    LongFamilyProperties.check(body)
}
