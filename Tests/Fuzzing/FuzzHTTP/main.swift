import Fuzzing

// What peers send, read as requests, as answers, and as the chunks of an answer.
Fuzzer.run { bytes in
    SplitProperties.check(bytes, as: .server)
    SplitProperties.check(bytes, as: .client)
    let chunked = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
    SplitProperties.check(chunked + bytes, as: .client)
    WriteProperties.checkRequest(bytes)
    WriteProperties.checkResponse(bytes)
    WriteProperties.checkBodies(chunked + bytes)
}
