/// A collection that is never empty and costs no allocation while it has one element, as an address of a healthy
/// cluster has one node and one kubelet port.
package struct OneOrMore<Element> {
    private var head: Element
    private var tail: [Element] = []

    init(_ only: Element) { head = only }

    /// Puts the element before the first one that it precedes, in a collection sorted that way.
    mutating func insert(_ element: Element, by precedes: (Element, Element) -> Bool) {
        let index = firstIndex(fromWhich: { precedes(element, $0) })
        if index == 0 {
            tail.insert(head, at: 0)
            head = element
        } else {
            tail.insert(element, at: index - 1)
        }
    }

    /// The first element that the condition holds for, in a collection where it holds for all that follow; else the
    /// end. By bisection: virtual nodes share an IP by the thousand, and some fleets an ExternalIP.
    func firstIndex(fromWhich condition: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// False, and nothing removed, where the element is the only one.
    mutating func remove(at index: Int) -> Bool {
        guard !tail.isEmpty else { return false }
        if index == 0 { head = tail.removeFirst() } else { tail.remove(at: index - 1) }
        return true
    }
}

extension OneOrMore: Sendable where Element: Sendable {}

extension OneOrMore: RandomAccessCollection, MutableCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { tail.count + 1 }

    package subscript(index: Int) -> Element {
        get { index == 0 ? head : tail[index - 1] }
        set { if index == 0 { head = newValue } else { tail[index - 1] = newValue } }
    }
}
