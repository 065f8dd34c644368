import Foundation
import Testing

@testable import FakeCluster

@Suite struct AccessReviewTests {
    private func post(_ path: String, _ body: String) throws -> [String: Any] {
        var state = FakeAPIState()
        state.users = ["p": .relabelProxy, "s": .prometheus]
        let answer = state.answer(
            APIRequest("POST", path, headers: ["authorization": "Bearer p"], body: Array(body.utf8)))
        guard case .response(let response) = answer else { return [:] }
        #expect(response.status == 201)
        let object = try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any]
        return try #require(object?["status"] as? [String: Any])
    }

    @Test("A TokenReview says whose a token is")
    func tokenReview() throws {
        let path = "/apis/authentication.k8s.io/v1/tokenreviews"
        let known = try post(path, #"{"kind":"TokenReview","spec":{"token":"s"}}"#)
        #expect(known["authenticated"] as? Bool == true)
        #expect((known["user"] as? [String: Any])?["username"] as? String == "prometheus")
        let unknown = try post(path, #"{"kind":"TokenReview","spec":{"token":"x"}}"#)
        #expect(unknown["authenticated"] == nil)
    }

    @Test("A SubjectAccessReview says what a user may do", arguments: [("metrics", true), ("proxy", false)])
    func accessReview(subresource: String, allowed: Bool) throws {
        let status = try post(
            "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            """
            {"kind":"SubjectAccessReview","spec":{"user":"prometheus",
             "resourceAttributes":{"verb":"get","resource":"nodes","subresource":"\(subresource)"}}}
            """)
        #expect(status["allowed"] as? Bool == allowed)
    }
}
