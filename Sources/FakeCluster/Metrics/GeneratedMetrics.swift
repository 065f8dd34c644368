/// Bodies in the shape of a real kubelet's: the same kinds of families, and its identity in the same places (spec 6.1).
enum GeneratedMetrics {
    /// `kubelet_node_name` stands in the middle, between histograms.
    ///
    /// - Parameter marker: whether the body carries `MetricsCorpus.markerFamily` too.
    static func kubelet(bytes: Int, marker: Bool = false) -> [UInt8] {
        var text = MetricsText()
        text.family("kubernetes_build_info", "gauge", "[ALPHA] A metric with a constant '1' value.")
        text.sample("kubernetes_build_info{git_version=\"v1.36.2\",major=\"1\",minor=\"36\"}", 1)
        operations("kubelet_docker_operations", upTo: bytes * 2 / 5, &text)
        text.family("kubelet_node_name", "gauge", "[ALPHA] The node's name. The count is always 1.")
        text.sample("kubelet_node_name{node=\"node\"}", 1)
        // Beside the other mention: what lies between them is compressed for each kubelet anew.
        if marker { text.bytes += Self.marker }
        operations("kubelet_runtime_operations", upTo: bytes - 300, &text)
        requests(upTo: bytes - 200, &text)
        text.family("process_start_time_seconds", "gauge", "[ALPHA] Start time of the process since unix epoch.")
        text.sample("process_start_time_seconds", 1_795_478_085)
        return text.bytes
    }

    /// Containers first, `machine_*` with the ids at the very end.
    static func cadvisor(bytes: Int) -> [UInt8] {
        var text = MetricsText()
        text.family("cadvisor_version_info", "gauge", "A metric with a constant '1' value.")
        text.sample("cadvisor_version_info{cadvisorRevision=\"\",kernelVersion=\"6.1.0-lab\"}", 1)
        let containers = (0..<max(1, bytes / CadvisorFamily.bytesOfContainer)).map(labels)
        var noise: UInt64 = 1
        outer: for family in CadvisorFamily.all {
            guard text.bytes.count + 1500 < bytes else { break }
            text.family(family.name, family.type, "As cAdvisor counts it.")
            for labels in containers {
                for more in family.labels {
                    guard text.bytes.count + 1500 < bytes else { break outer }
                    // Of twelve digits or so, that make the body compress about as a real one of this size, 12 to 1 or so.
                    noise = noise &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    text.sample("\(family.name){\(labels)\(more)}", Int(noise >> 24))
                }
            }
        }
        let ids = "boot_id=\"b\",machine_id=\"m\",system_uuid=\"s\""
        for (family, value) in [("machine_cpu_cores", 2), ("machine_memory_bytes", 25_276_502_016)] {
            text.family(family, "gauge", "As cAdvisor found it.")
            text.sample("\(family){\(ids)}", value)
        }
        text.family("machine_scrape_error", "gauge", "1 if there was an error, 0 otherwise.")
        text.sample("machine_scrape_error", 0)
        text.family("machine_swap_bytes", "gauge", "Amount of swap memory available on the machine.")
        text.sample("machine_swap_bytes{\(ids)}", 0)
        return text.bytes
    }

    /// Says whose body it is, at an endpoint of which a real kubelet tells nothing.
    static let marker: [UInt8] = {
        var text = MetricsText()
        text.family(MetricsCorpus.markerFamily, "gauge", "Whose body this is: only a fake kubelet says it here.")
        text.sample("\(MetricsCorpus.markerFamily){machine_id=\"m\"}", 1)
        return text.bytes
    }()

    static func resource(containers: Int = 10) -> [UInt8] {
        var text = MetricsText()
        for (family, type) in [
            ("container_cpu_usage_seconds_total", "counter"), ("container_memory_working_set_bytes", "gauge"),
        ] {
            text.family(family, type, "[STABLE] As the kubelet counts it.")
            for container in 0..<containers {
                text.sample(
                    "\(family){container=\"web\",namespace=\"apps\",pod=\"web-\(container)\"}", container * 17 + 3)
            }
        }
        text.family("node_cpu_usage_seconds_total", "counter", "[STABLE] Cumulative cpu time consumed by the node.")
        text.sample("node_cpu_usage_seconds_total", 4711)
        return text.bytes
    }

    static func probes(containers: Int = 10) -> [UInt8] {
        var text = MetricsText()
        text.family("prober_probe_total", "counter", "[BETA] Cumulative number of probes for a container by result.")
        for container in 0..<containers {
            for result in ["failed", "successful"] {
                text.sample(
                    "prober_probe_total{container=\"web\",namespace=\"apps\",pod=\"web-\(container)\","
                        + "probe_type=\"Liveness\",result=\"\(result)\"}", container)
            }
        }
        return text.bytes
    }

    static func slis() -> [UInt8] {
        var text = MetricsText()
        text.family("kubernetes_healthcheck", "gauge", "[STABLE] The result of a single healthcheck.")
        for check in ["device-plugin", "log", "ping", "syncloop"] {
            text.sample("kubernetes_healthcheck{name=\"\(check)\",type=\"healthz\"}", 1)
        }
        return text.bytes
    }

    private static func operations(_ name: String, upTo limit: Int, _ text: inout MetricsText) {
        let family = "\(name)_duration_seconds"
        guard text.bytes.count + 1200 < limit else { return }
        text.family(family, "histogram", "[ALPHA] Duration in seconds of operations, by type.")
        var operation = 0
        while text.bytes.count + 1000 < limit {
            let label = "operation_type=\"operation_\(operation)\""
            for (place, bound) in ["0.005", "0.0125", "0.03125", "0.078125", "0.1953125", "+Inf"].enumerated() {
                text.sample("\(family)_bucket{\(label),le=\"\(bound)\"}", operation * 6 + place)
            }
            text.sample("\(family)_sum{\(label)}", operation)
            text.sample("\(family)_count{\(label)}", operation * 6 + 5)
            operation += 1
        }
    }

    /// Fills what is too small for a histogram.
    private static func requests(upTo limit: Int, _ text: inout MetricsText) {
        let family = "kubelet_http_requests_total"
        text.family(family, "counter", "[ALPHA] Number of the http requests received.")
        var path = 0
        while text.bytes.count < limit {
            text.sample("\(family){method=\"GET\",path=\"path_\(path)\"}", path)
            path += 1
        }
    }

    private static func labels(ofContainer index: Int) -> String {
        let pod = DerivedID.uuid("pod", "\(index)")
        let id = DerivedID.hex("container", "\(index)")
        return "container=\"web\",id=\"/kubepods/burstable/pod\(pod)/\(id)\",image=\"registry.example/web:1\","
            + "name=\"\(id)\",namespace=\"apps\",pod=\"web-\(index)\""
    }
}

/// Text 0.0.4 under construction.
private struct MetricsText {
    fileprivate(set) var bytes: [UInt8] = []

    mutating func family(_ name: String, _ type: String, _ help: String) {
        bytes += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n".utf8
    }

    mutating func sample(_ series: String, _ value: Int) { bytes += "\(series) \(value)\n".utf8 }
}
