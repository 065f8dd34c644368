package import Addressing
import Glibc
import Synchronization

/// Where an API server is dialled. A name in a kubeconfig may be looked up, unlike those of scrapes (spec 11.3): on a thread of
/// its own, since nobody knows how long that takes, and again whenever an address does not answer.
package final class APIServerAddresses: Sendable {
    private struct State {
        var known: [SocketAddress] = []
        var trouble = "its name is being looked up"
        var isLookingUp = false
    }

    private let name: String
    private let port: UInt16
    private let state: Mutex<State>

    /// - Parameter host: as in a URL, IPv6 in brackets.
    package init(host: String, port: UInt16) {
        self.port = port
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        name = bare
        state = Mutex(State(known: IPAddress(bare).map { [SocketAddress($0, port: port)] } ?? []))
    }

    package convenience init(_ access: KubernetesAccess) {
        let place = ServerPlace(access.server)
        self.init(host: String(place.host), port: UInt16(place.port) ?? 443)
    }

    /// Whether there is anything to look up.
    package var isNamed: Bool { IPAddress(name) == nil }

    /// The address to dial next.
    package func current() throws(LookUpError) -> SocketAddress {
        let (address, trouble) = state.withLock { ($0.known.first, $0.trouble) }
        guard let address else {
            lookUp()
            throw LookUpError(description: trouble)
        }
        return address
    }

    /// The address does not answer: others come first from now on.
    ///
    /// - Returns: whether there is another.
    package func failed(_ address: SocketAddress) -> Bool {
        let hasOther = state.withLock { state in
            guard let position = state.known.firstIndex(of: address) else { return !state.known.isEmpty }
            state.known.append(state.known.remove(at: position))
            return state.known.count > 1
        }
        lookUp()
        return hasOther
    }

    /// Looks the name up, unless that is being done.
    package func lookUp() {
        let isDue = state.withLock { state in
            defer { state.isLookingUp = true }
            return !state.isLookingUp
        }
        guard isNamed, isDue else { return }
        BlockingThread.start { [self] in
            let found = Self.addresses(of: name, port: port)
            state.withLock { state in
                state.isLookingUp = false
                switch found {
                // An address that failed stays behind the others.
                case .success(let found):
                    state.known = state.known.filter(found.contains) + found.filter { !state.known.contains($0) }
                case .failure(let error):
                    // What was known before may still be right.
                    state.trouble = error.description
                }
            }
        }
    }

    private static func addresses(of name: String, port: UInt16) -> Result<[SocketAddress], LookUpError> {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(name, nil, &hints, &list)
        guard status == 0 else {
            return .failure(LookUpError(description: "\(name): \(unsafe String(cString: gai_strerror(status)))"))
        }
        defer { unsafe freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let ip = unsafe IPAddress(entry.pointee), case let address = SocketAddress(ip, port: port),
                !found.contains(address)
            {
                found.append(address)
            }
            unsafe next = entry.pointee.ai_next
        }
        return found.isEmpty ? .failure(LookUpError(description: "\(name): no address")) : .success(found)
    }
}

/// Why there is no address to dial, in one line.
package struct LookUpError: Error, CustomStringConvertible {
    package let description: String
}

extension IPAddress {
    fileprivate init?(_ entry: addrinfo) {
        guard let pointer = unsafe entry.ai_addr else { return nil }
        switch unsafe entry.ai_family {
        case AF_INET:
            let v4 = unsafe UnsafeRawPointer(pointer).loadUnaligned(as: sockaddr_in.self)
            self.init(v4: UInt32(bigEndian: v4.sin_addr.s_addr))
        case AF_INET6:
            var v6 = unsafe UnsafeRawPointer(pointer).loadUnaligned(as: sockaddr_in6.self).sin6_addr
            let halves = unsafe withUnsafeBytes(of: &v6) { bytes in
                unsafe (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            }
            self.init(high: UInt64(bigEndian: halves.0), low: UInt64(bigEndian: halves.1))
        default: return nil
        }
    }
}
