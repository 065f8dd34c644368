import CLibFuzzer

/// Hands the process over to libFuzzer: it reads the command line and makes up inputs.
package enum Fuzzer {
    // libFuzzer calls a C function, which can't capture what it is to test; it does so from one thread.
    nonisolated(unsafe) private static var test: ([UInt8]) -> Void = { _ in }

    /// Runs `test` on one input after another, as the command line says.
    package static func run(_ test: @escaping ([UInt8]) -> Void) {
        unsafe self.test = test
        var count = CommandLine.argc
        var arguments = unsafe Optional(CommandLine.unsafeArgv)
        _ = unsafe LLVMFuzzerRunDriver(&count, &arguments) { data, size in
            unsafe Fuzzer.test(Array(UnsafeBufferPointer(start: data, count: size)))
            return 0
        }
    }
}

/// Ends the process where a property doesn't hold: libFuzzer keeps the input, as that of any other crash.
package func require(_ condition: Bool, _ property: @autoclosure () -> String) {
    if !condition { fatalError("property violated: \(property())") }
}

/// What can't fail for any input, like the rules that a target itself lays down.
package func made<Result>(_ body: () throws -> Result) -> Result {
    do {
        return try body()
    } catch {
        fatalError("\(error)")
    }
}
