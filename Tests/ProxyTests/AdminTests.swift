import Foundation
import Testing

extension EndToEndTests {
    @Suite struct Admin {
        @Test("Without enable_lifecycle nothing is reloaded")
        func lifecycle() async throws {
            try await withProxy { (proxy, _, _) async throws in
                #expect(try await proxy.admin("/-/reload", "-X", "POST").status == 403)
                #expect(try await proxy.admin("/-/reload").status == 405)
            }
        }
    }
}
