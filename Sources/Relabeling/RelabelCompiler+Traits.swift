extension RelabelCompiler {
    func traits() -> RelabelTraits {
        var traits = RelabelTraits()
        let constants = constantLabels()
        traits.isStampsOnly = constants != nil
        traits.isIdentity = stamps.isEmpty && steps.isEmpty && nameSteps.isEmpty && !dropsEverything
        traits.reservedLabelsNeedRules = steps.contains(where: \.concernsReservedOnly)
        traits.dropsEverything = dropsEverything
        traits.dropsByName = !nameSteps.isEmpty || dropsEverything
        traits.canRename = nameCanChange
        traits.canDrop = traits.dropsByName || nameCanChange || steps.contains(where: \.kind.canDrop)
        traits.tellsPartsApart = tellsPartsApart
        traits.merging = merging
        return traits
    }

    private var merging: RelabelTraits.Merging {
        // Where the stamp is written, what was there stays under another name; an honored label looks like a stamp.
        if steps.contains(where: { !$0.kind.isFilter }) { return .anywhere }
        return stamps.isEmpty ? .never : honorsLabels ? .anywhere : .betweenCarriers
    }

    /// What stamps and constant rules come to; nil where there is more to do, or where one may write what another renames.
    func constantLabels() -> [ConstantLabel]? {
        guard !nameCanChange, steps.allSatisfy({ $0.kind == .assign || $0.concernsReservedOnly }) else { return nil }
        var labels: [ConstantLabel] = stamps.map {
            ConstantLabel(name: $0.name, value: $0.value, whenPresent: honorsLabels ? .keep : .rename)
        }
        for step in steps where step.kind == .assign {
            let name = names[step.target].string
            let place = labels.firstIndex { $0.name == name }
            let renames = place.map { labels[$0].whenPresent == .rename } ?? false
            let label = ConstantLabel(
                name: name, value: step.constant.string, whenPresent: renames ? .rename : .overwrite)
            if let place { labels[place] = label } else { labels.append(label) }
        }
        let renames = labels.contains { $0.whenPresent == .rename }
        return renames && labels.contains { $0.name.hasPrefix("exported_") } ? nil : labels
    }
}

extension RelabelStep.Kind {
    /// Drops series, or leaves them as they are.
    fileprivate var isFilter: Bool {
        switch self {
        case .drop, .keep, .dropEqual, .keepEqual: true
        default: false
        }
    }

    /// A series may be dropped, or end up without a label.
    fileprivate var canDrop: Bool { isFilter || self == .labelDrop || self == .labelKeep }
}
