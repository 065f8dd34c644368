// What each program is told. All text is a template over the bench's addresses and files.

extension Bench {
    /// The kubelets' stand-in: nginx with files, cheaper than any kubelet, so that the proxies have no cause to wait.
    var upstreamConfiguration: String {
        """
        \(nginxPreamble("upstream"))
        http {
            access_log off; sendfile on; keepalive_requests 10000000;
            types { } default_type "text/plain; version=0.0.4; charset=utf-8";
            map $arg_body $coding { \(Body.gzipText.rawValue) gzip; }
            ssl_certificate \(file("kubelet.crt")); ssl_certificate_key \(file("kubelet.key")); ssl_protocols TLSv1.3;
            server {
                listen \(address(.plain)):\(Self.plainPort);
                listen \(address(.tls)):\(Self.tlsPort) ssl;
                root \(file("bodies"));
                location = /metrics { add_header Content-Encoding $coding; try_files /$arg_body =404; }
            }
        }
        """
    }

    /// nginx as a forward proxy. An upstream group is named like the request's host, which lets connections be kept.
    var nginxConfiguration: String {
        let listen = { (work: Work, scheme: UpstreamScheme) in
            "listen \(address(.plain)):\(Peer.nginx.port(for: work, upstream: scheme));"
        }
        let stamp = "sub_filter '{' '{node=\"\(Self.node)\",'; sub_filter_once off; sub_filter_types *;"
        return """
            \(nginxPreamble("nginx"))
            http {
                access_log off; keepalive_requests 10000000; default_type text/plain;
                proxy_temp_path \(file("nginx.temp")); proxy_max_temp_file_size 0;
                proxy_buffers 8 64k; proxy_buffer_size 64k; proxy_busy_buffers_size 128k;
                proxy_http_version 1.1; proxy_set_header Connection ""; proxy_ssl_protocols TLSv1.3;
                upstream \(address(.plain)) {
                    server \(address(.plain)):\(Self.plainPort); keepalive 64; keepalive_requests 10000000;
                }
                upstream \(address(.tls)) {
                    server \(address(.tls)):\(Self.tlsPort); keepalive 64; keepalive_requests 10000000;
                }
                server {
                    \(listen(.passThrough, .plain))
                    location / { proxy_pass http://$host; }
                }
                server {
                    \(listen(.passThrough, .tls))
                    location / { proxy_pass https://$host; }
                }
                server {
                    \(listen(.stamp, .plain))
                    \(stamp)
                    location / { proxy_pass http://$host; }
                }
                server {
                    \(listen(.stampGzip, .plain))
                    # gunzip leaves alone what a client can decompress, and gzip compresses only for such a client: the
                    # two work on one answer only if the first is done in a subrequest, which is no client.
                    location = /metrics {
                        add_after_body /stamped; addition_types *;
                        gzip on; gzip_comp_level 1; gzip_types *; gzip_proxied any;
                        return 200 "";
                    }
                    location = /stamped { internal; gunzip on; \(stamp) proxy_pass http://$host$request_uri; }
                }
            }
            """
    }

    private func nginxPreamble(_ name: String) -> String {
        """
        daemon off; worker_processes 1; pid \(file("\(name).pid")); error_log stderr error;
        events { worker_connections 1024; }
        """
    }

    var haproxyConfiguration: String {
        let frontend = { (scheme: UpstreamScheme) in
            let port = Peer.haproxy.port(for: .passThrough, upstream: scheme)
            return """
                frontend \(scheme.rawValue)
                    bind \(address(.plain)):\(port)
                    default_backend \(scheme.rawValue)
                """
        }
        return """
            global
                nbthread 1
                maxconn 2000
            defaults
                mode http
                timeout connect 5s
                timeout client 60s
                timeout server 60s
                http-reuse always
            \(frontend(.plain))
            \(frontend(.tls))
            backend plain
                server kubelet \(address(.plain)):\(Self.plainPort)
            backend TLS
                server kubelet \(address(.tls)):\(Self.tlsPort) ssl verify none
            \(tunnel(.plain, to: Self.plainPort))
            \(tunnel(.tls, to: Self.tlsPort))

            """
    }

    private func tunnel(_ scheme: UpstreamScheme, to port: UInt16) -> String {
        """
        listen tunnel-\(scheme.rawValue)
            mode tcp
            http-reuse never
            bind \(address(.plain)):\(Peer.haproxy.port(for: .tunnel, upstream: scheme))
            server kubelet \(address(scheme)):\(port)
        """
    }

    /// One process, and nothing kept but connections and memory.
    var squidConfiguration: String {
        """
        http_port \(address(.plain)):\(Peer.squid.port(for: .passThrough, upstream: .plain))
        http_access allow all
        always_direct allow all
        cache deny all
        memory_pools on
        access_log none
        cache_log /dev/null
        cache_store_log none
        pid_filename none
        coredump_dir \(directory)
        netdb_filename none
        pinger_enable off
        via off
        forwarded_for delete
        shutdown_lifetime 0 seconds
        visible_hostname squid

        """
    }

    func proxyConfiguration(for work: Work, of peer: Peer) -> String {
        let port = peer.port(for: work, upstream: .plain)
        let rules =
            switch work {
            case .passThrough, .tunnel: ""
            case .stamp, .stampGzip: Self.stamp
            case .tenRules: "\(Self.stamp)\n\(UsualRules.yaml)"
            }
        // The default limit for a node is what the load generator has in flight: room for a scrape that is just ending. A recorded
        // body tells of another machine than the Node here, and its answer would be cut; the peers look at no identity either.
        return """
            listeners: [{address: "\(address(.plain)):\(port)"}]
            admin: {address: "\(address(.plain)):\(port + 1)"}
            nodes: {file: nodes.json, allow_loopback_nodes: true}
            upstream: {tls: {ca_file: ca.crt}}
            limits: {scrapes_in_flight_per_node: 64}
            verify_identity: off
            log: {level: warn}
            \(rules)

            """
    }

    private static let stamp = "stamp: {node: __meta_kubernetes_node_name}"
}
