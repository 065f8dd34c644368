/// Why Go's regexp package, and therefore Prometheus, refuses a pattern; in its words.
package struct RegexpSyntaxError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, e.g. `missing closing )`.
    package let problem: String
    /// The part of the anchored pattern `^(?s:...)$` that is.
    package let expression: String

    package var description: String { "error parsing regexp: \(problem): `\(expression)`" }
}
