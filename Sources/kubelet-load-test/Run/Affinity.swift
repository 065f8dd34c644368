import Foundation

/// On which cores a process may run.
enum Affinity {
    /// All threads that it has now; those that they start inherit it. Where there is no taskset (util-linux), or only one core,
    /// all stays as it is.
    static func pin(_ process: Int32, to cores: [Int]) async {
        guard let taskset = Programs.executable("taskset") else { return }
        let list = cores.map(String.init).joined(separator: ",")
        let output = URL.temporaryDirectory.appending(path: "kubelet-load-test-\(UUID())").path
        defer { for end in ["", ".err"] { try? FileManager.default.removeItem(atPath: output + end) } }
        _ = try? await ChildProcess.outcome(
            of: [taskset, "--all-tasks", "--cpu-list", "--pid", list, "\(process)"], output: output)
    }
}
