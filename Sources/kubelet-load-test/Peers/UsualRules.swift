/// The ten rules of spec 14.3: what kube-prometheus' kubelet and cAdvisor jobs usually do, and some that are often added.
enum UsualRules {
    static let yaml = """
        metric_relabel_configs:
          - {source_labels: [__name__], action: drop, regex: 'container_(network_tcp_usage_total|network_udp_usage_total|tasks_state|cpu_load_average_10s)'}
          - {source_labels: [__name__], action: drop, regex: 'container_(cpu_(cfs_throttled_seconds_total|load_average_10s|system_seconds_total)|fs_(io_current|io_time_seconds_total|io_time_weighted_seconds_total|reads_merged_total|sector_reads_total)|memory_(mapped_file|swap)|file_descriptors|threads_max|ulimits_soft)'}
          - {source_labels: [__name__, container], action: drop, regex: 'container_(memory_failures_total|memory_failcnt|fs_usage_bytes);'}
          - {source_labels: [id, pod], action: drop, regex: '.+;'}
          - {source_labels: [__name__, interface], action: drop, regex: 'container_network_.*;(cali|veth).*'}
          - {source_labels: [__metrics_path__], target_label: metrics_path}
          - {source_labels: [__meta_kubernetes_node_label_topology_kubernetes_io_zone], target_label: zone}
          - {source_labels: [image], regex: '(?:.*/)?([^/@:]+)[@:].*', target_label: image_name}
          - {source_labels: [namespace, pod], separator: /, target_label: workload}
          - {action: labeldrop, regex: 'id|name'}
        """
}
