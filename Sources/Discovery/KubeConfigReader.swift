/// Reads the entries of one kubeconfig document; fields that concern other programs are passed over.
struct KubeConfigReader {
    private(set) var currentContext = ""
    private(set) var clusters: [String: KubeConfig.Cluster] = [:]
    private(set) var users: [String: KubeConfig.User] = [:]
    private(set) var contexts: [String: KubeConfig.Context] = [:]
    private var scanner: JSONScanner
    /// Of the file.
    private let path: String

    init(scanner: JSONScanner, path: String) {
        self.scanner = scanner
        self.path = path
    }

    mutating func read() throws(JSONScanner.Failure) {
        guard try scanner.enterObject("") else { return }
        while let key = try scanner.nextKey() {
            switch key {
            case "current-context": currentContext = try scanner.string(key)
            case "clusters":
                try eachEntry(of: key, "cluster") { (reader, name) throws(JSONScanner.Failure) in
                    try reader.readCluster(named: name)
                }
            case "users":
                try eachEntry(of: key, "user") { (reader, name) throws(JSONScanner.Failure) in
                    try reader.readUser(named: name)
                }
            case "contexts":
                try eachEntry(of: key, "context") { (reader, name) throws(JSONScanner.Failure) in
                    try reader.readContext(named: name)
                }
            default: try scanner.skip()
            }
        }
    }

    /// Entries are lists of `{name: NAME, cluster: {...}}`. Of two with one name the first counts.
    private mutating func eachEntry(
        of list: String, _ kind: String,
        read: (inout KubeConfigReader, String) throws(JSONScanner.Failure) -> Void
    ) throws(JSONScanner.Failure) {
        guard try scanner.enterArray(list) else { return }
        while try scanner.nextElement() {
            var name = ""
            var value: JSONScanner?
            guard try scanner.enterObject("\(list)[]") else { continue }
            while let key = try scanner.nextKey() {
                switch key {
                case "name": name = try scanner.string("\(list)[].name")
                case kind:
                    value = scanner
                    try scanner.skip()
                default: try scanner.skip()
                }
            }
            guard let value else { continue }
            let behind = scanner
            scanner = value
            try read(&self, name)
            scanner = behind
        }
    }

    private mutating func readContext(named name: String) throws(JSONScanner.Failure) {
        var context = KubeConfig.Context()
        guard try scanner.enterObject("contexts[].context") else { return }
        while let key = try scanner.nextKey() {
            switch key {
            case "cluster": context.cluster = try scanner.string("contexts[].context.cluster")
            case "user": context.user = try scanner.string("contexts[].context.user")
            default: try scanner.skip()
            }
        }
        if contexts[name] == nil { contexts[name] = context }
    }

    private mutating func readCluster(named name: String) throws(JSONScanner.Failure) {
        var cluster = KubeConfig.Cluster(origin: path)
        guard try scanner.enterObject("clusters[].cluster") else { return }
        while let key = try scanner.nextKey() {
            let place = "clusters[].cluster.\(key)"
            switch key {
            case "server": cluster.server = try scanner.string(place)
            case "certificate-authority": cluster.authorityFile = resolved(try scanner.string(place))
            case "certificate-authority-data": cluster.authorityData = try scanner.string(place)
            case "insecure-skip-tls-verify": cluster.skipsVerification = try scanner.boolean(place)
            case "tls-server-name": cluster.serverName = try scanner.string(place)
            case "proxy-url": cluster.proxyURL = try scanner.string(place)
            default: try scanner.skip()
            }
        }
        if clusters[name] == nil { clusters[name] = cluster }
    }

    private mutating func readUser(named name: String) throws(JSONScanner.Failure) {
        var user = KubeConfig.User(origin: path)
        guard try scanner.enterObject("users[].user") else { return }
        while let key = try scanner.nextKey() {
            let place = "users[].user.\(key)"
            switch key {
            case "client-certificate": user.certificateFile = resolved(try scanner.string(place))
            case "client-certificate-data": user.certificateData = try scanner.string(place)
            case "client-key": user.keyFile = resolved(try scanner.string(place))
            case "client-key-data": user.keyData = try scanner.string(place)
            case "token": user.token = try scanner.string(place)
            case "tokenFile": user.tokenFile = resolved(try scanner.string(place))
            case "username": user.username = try scanner.string(place)
            case "password": user.password = try scanner.string(place)
            case "exec", "auth-provider":
                if try !scanner.isNull() {
                    user.plugin = key
                    try scanner.skip()
                }
            default: try scanner.skip()
            }
        }
        if users[name] == nil { users[name] = user }
    }

    /// Relative paths start from the file that names them.
    private func resolved(_ name: String) -> String {
        guard !name.isEmpty, !name.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return name }
        return path[...slash] + name
    }
}
