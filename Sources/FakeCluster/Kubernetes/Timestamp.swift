/// Unix seconds as Kubernetes writes them (RFC 3339, UTC).
enum Timestamp {
    /// `2026-11-24T00:09:06Z`
    static func text(_ seconds: Int64) -> String { civil(seconds) + "Z" }

    /// `2026-11-24T00:09:06.123456Z`, the MicroTime of Leases.
    static func text(milliseconds: Int64) -> String {
        let fraction = String(1000 + milliseconds % 1000).dropFirst()
        return civil(milliseconds / 1000) + ".\(fraction)000Z"
    }

    /// Days to a date after Howard Hinnant's `civil_from_days`; good for all years from 1970 on.
    private static func civil(_ seconds: Int64) -> String {
        let days = seconds / 86_400 + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let time = seconds % 86_400
        return "\(year)-\(two(month))-\(two(day))T\(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60))"
    }

    private static func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
