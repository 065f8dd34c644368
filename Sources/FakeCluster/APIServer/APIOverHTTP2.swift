/// The API server's side of one HTTP/2 connection.
struct APIOverHTTP2 {
    let desk: APIDesk
    let connection: ServerConnection

    func serve() async throws(ConnectionEnd) {}
}
