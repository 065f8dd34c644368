/// A play held against what a Prometheus has stored of it.
struct JudgedPlay {
    let play: IdentityPlay
    let stored: StoredScrapes

    private var scenario: IdentityScenario { play.scenario }

    func count(_ path: String) -> StoredCount {
        scenario.names.reduce(StoredCount()) { sum, name in
            sum + StoredCount(of: play.target(name, path), in: stored, well: play.spans(of: name))
        }
    }

    private func allowed(_ path: String) -> IdentityScenario.Allowed { scenario.allowed(play.stage.kind, path) }

    /// Sentences about what must not be.
    func violations(_ path: String) -> [String] {
        let count = count(path)
        var violations: [String] = []
        if count.unmarked != 0 { violations.append("\(count.unmarked) samples bear no mark") }
        if count.right == 0 || count.due < 2 { violations.append("nothing right is stored: \(count)") }
        let (mayBeWrong, mayBeLost) = (end(of: allowed(path).wrong), end(of: allowed(path).lost))
        for name in scenario.names {
            let target = play.target(name, path)
            let spans = play.spans(of: name)
            for scrape in stored.scrapes(of: target) {
                let place = "\(target.node) \(target.uid) at \(scrape.moment), after \(scrape.milliseconds) ms"
                let isRight = scrape.isRight(for: target)
                if scrape.isWrong(for: target), scrape.began(after: mayBeWrong) {
                    violations.append("made by \(scrape.makers): \(place)")
                }
                let isLost = !isRight && !scrape.isLate && spans.contains { $0.contains(scrape) }
                if isLost, scrape.began(after: mayBeLost) { violations.append("lost: \(place)") }
                if isRight, scrape.format != "\(play.format)" { violations.append("in \(scrape.format): \(place)") }
            }
        }
        return violations
    }

    /// In Unix milliseconds; 0 for never.
    private func end(of until: IdentityScenario.Allowed.Until) -> Int {
        switch until {
        case .never: 0
        case .foundOut: min(foundOut ?? .max / 2, play.moments.known ?? .max / 2)
        }
    }

    /// When the first name was first refused after its kubelet went, on a path that tells.
    private var foundOut: Int? {
        guard let changed = play.moments.changed, let name = scenario.names.first else { return nil }
        let telling = scenario.paths.filter { if case .never = allowed($0).wrong { true } else { false } }
        return telling.flatMap { stored.scrapes(of: play.target(name, $0)) }
            .filter { $0.began(after: changed) && $0.makers.isEmpty && !$0.isLate }.map(\.end).min()
    }
}

extension [JudgedPlay] {
    /// One line for each scenario, for people to read.
    var counts: String {
        var lines: [String] = []
        for scenario in IdentityScenario.all {
            var (sum, notes) = (StoredCount(), "")
            for judged in self where judged.play.scenario.id == scenario.id {
                for path in scenario.paths {
                    let count = judged.count(path)
                    sum = sum + count
                    guard count.wrong > 0 || count.lost > 0 else { continue }
                    let wrong = "\(count.wrong) samples of \(count.wrongScrapes) scrapes wrong"
                    notes += "; \(judged.play.stage.kind.rawValue) \(path): \(wrong), \(count.lost) scrapes lost"
                }
            }
            let samples = "\(sum.right) samples right, \(sum.wrong) wrong"
            let scrapes = "of \(sum.due) scrapes \(sum.lost) lost, \(sum.late) late, \(sum.gaps) gaps"
            lines.append("  \(scenario.id): \(samples); \(scrapes)\(notes)")
        }
        return lines.joined(separator: "\n")
    }
}
