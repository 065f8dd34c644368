import ArgumentParser
import Discovery
import Exposition
import Identity
import Proxy
import Relabeling
import Settings

/// `rewrite`: the rewriter on standard input, for trying rules out without a network (spec 13).
struct Rewrite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rewrite",
        abstract: "Rewrite one body of metrics from standard input to standard output, as `serve` would.",
        discussion: """
            Applies stamp, honor_labels, metric_relabel_configs and limits of the configuration. Without --node the body \
            has no owner, and nothing to stamp.
            """)

    @Option(help: ArgumentHelp("The configuration to take rules and limits from.", valueName: "file"))
    var config: String

    @Option(
        help: ArgumentHelp("Node objects in YAML or JSON; else nodes.file of the configuration.", valueName: "file"))
    var nodesFile: String?

    @Option(help: ArgumentHelp("The node that the body is from: rules and stamps see its labels.", valueName: "name"))
    var node: String?

    @Option(help: "The path that the body is from, which rules see as __metrics_path__.")
    var path = "/metrics"

    @Option(help: ArgumentHelp("The Content-Type that the body came with; text 0.0.4 if none.", valueName: "type"))
    var contentType: String?

    @Option(
        help: ArgumentHelp("The Content-Encoding that the body has, and gets: gzip or identity.", valueName: "coding"))
    var contentEncoding: String?

    @Flag(help: "Show what changed instead of the new body: lines that are gone (-) and new (+).")
    var diff = false

    func validate() throws {
        guard ContentCoding(contentEncoding: contentEncoding) != nil else {
            throw ValidationError(
                "--content-encoding \(contentEncoding ?? "") can't be rewritten: gzip or identity can.")
        }
        if nodesFile != nil, node == nil {
            throw ValidationError("--nodes-file is of no use without --node.")
        }
    }

    func run() throws {
        do {
            try StandardStreams.pass(through: rewriter())
        } catch {
            LineLog.standardError("\(error)\n")
            throw ExitCode.failure
        }
    }

    private func rewriter() throws -> CodedRewriter {
        guard let format = contentType.map(ExpositionFormat.init(contentType:)) ?? .text else {
            throw RewriteFailure("--content-type \"\(contentType ?? "")\" is no format of metrics")
        }
        let settings = try ProxySettings.load(file: config)
        let rules = RelabelRules(
            settings.metricRelabelConfigs, stamps: settings.stamp, honorsLabels: settings.honorLabels)
        let plan = RewritePlan(
            rules.relabeler(owner: try ownerLabels(settings)), limits: RewriteLimits(settings.limits))
        let source = ContentCoding(contentEncoding: contentEncoding) ?? .identity
        return CodedRewriter(
            try engine(plan, format), from: source, to: diff ? .identity : source, pool: GzipPool(capacity: 1))
    }

    private func engine(_ plan: RewritePlan, _ format: ExpositionFormat) throws -> ExpositionRewriter {
        guard format == .protobuf else {
            let rewriter = plan.rewriter(for: format)
            return diff ? ExpositionRewriter(TextDiff(of: rewriter)) : rewriter
        }
        guard plan.rewritesProtobuf else {
            throw RewriteFailure(
                """
                a rule could tell _bucket, _sum, _count, le or quantile apart, which protobuf has no series of: \
                the proxy asks kubelets for text then
                """)
        }
        let rewriter = plan.protobufRewriter()
        return diff ? ExpositionRewriter(ProtobufDiff(of: rewriter)) : rewriter
    }

    /// What rules see of the owner; only the path where there is none.
    private func ownerLabels(_ settings: ProxySettings) throws -> [String: String] {
        var labels = ["__metrics_path__": path]
        guard let node else { return labels }
        for (name, value) in OwnerLabels(of: try owner(named: node, settings)).all() { labels[name] = value }
        return labels
    }

    private func owner(named name: String, _ settings: ProxySettings) throws -> KnownNode {
        var file = nodesFile
        if file == nil, case .file(let configured) = settings.nodes.source { file = configured }
        guard let file else {
            throw RewriteFailure("--node \(name) needs node objects: give --nodes-file, or set nodes.file")
        }
        // Nothing is dialled: any InternalIP will do.
        let policy = IdentityPolicy(neverDials: true)
        let table = IdentityTable(
            try NodeFile(path: file).nodes, replacing: IdentityTable(policy: policy), policy: policy, now: 0)
        guard let node = table.node(named: name) else { throw RewriteFailure("\(file) has no node \(name)") }
        return node
    }
}

/// What keeps a body from being rewritten before its first byte is read.
struct RewriteFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension RewriteLimits {
    init(_ settings: LimitSettings) {
        self.init(
            bodySize: settings.bodySizeLimit ?? 0, samples: settings.sampleLimit ?? 0,
            labels: settings.labelLimit ?? 0, sampleLength: settings.sampleLength)
    }
}
