/// A moment as messages print it, in UTC. Written out here because Foundation's formatters weigh more than the room.
enum UTCTime {
    /// `12:03:07Z` on the day of `now`, else `2026-11-24T12:03:07Z`. Both are Unix seconds.
    static func text(of moment: Int64, now: Int64) -> String {
        let (day, second) = floorDivide(moment, secondsPerDay)
        let time = "\(padded(second / 3600)):\(padded(second / 60 % 60)):\(padded(second % 60))Z"
        return day == floorDivide(now, secondsPerDay).quotient ? time : "\(date(ofDay: day))T\(time)"
    }

    private static let secondsPerDay: Int64 = 86_400

    /// The proleptic Gregorian date of a day since 1970-01-01: years counted from March, so that the leap day ends them
    /// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    private static func date(ofDay day: Int64) -> String {
        let (era, dayOfEra) = floorDivide(day + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return "\(yearOfEra + era * 400 + (month <= 2 ? 1 : 0))-\(padded(month))-\(padded(dayOfMonth))"
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func padded(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
