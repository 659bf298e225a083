// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The registry of anchors: ownerless, without storage, the same for every issuer and log.
///
/// It only writes events, each bound to whoever sent the call, and so has no state that somebody
/// could take, fill, freeze or race for. The same call twice writes the same event twice.
///
/// There is no function on purpose. Solidity's dispatch looks at the first four bytes of the calldata
/// before its length: a root that happens to begin with a selector would be taken for that function
/// and revert. Here the length decides first.
///
///   32 bytes               the root             Anchored(root, sender)
///   36 bytes, selector of  authorize(address)   KeyAdded(sender, key)
///                          deauthorize(address) KeyRemoved(sender, key)
///                          revoke(bytes32)      Revoked(id, sender)
///   anything else, or any value sent: revert
contract Registry {
    event Anchored(bytes32 indexed root, address indexed issuer);
    event KeyAdded(address indexed issuer, address indexed key);
    event KeyRemoved(address indexed issuer, address indexed key);
    event Revoked(bytes32 indexed id, address indexed issuer);

    fallback() external {
        if (msg.data.length == 32) {
            emit Anchored(word(0), msg.sender);
            return;
        }
        require(msg.data.length == 36);
        bytes4 selector = bytes4(word(0));
        bytes32 argument = word(4);
        if (selector == bytes4(keccak256("revoke(bytes32)"))) {
            emit Revoked(argument, msg.sender);
            return;
        }
        // An address fills the low 20 bytes; with anything above them it is not one.
        require(uint256(argument) >> 160 == 0);
        address key = address(uint160(uint256(argument)));
        if (selector == bytes4(keccak256("authorize(address)"))) {
            emit KeyAdded(msg.sender, key);
        } else {
            require(selector == bytes4(keccak256("deauthorize(address)")));
            emit KeyRemoved(msg.sender, key);
        }
    }

    /// 32 bytes of the calldata. bytes32(msg.data[offset:]) would check the length again, for gas.
    function word(uint256 offset) private pure returns (bytes32 w) {
        assembly ("memory-safe") {
            w := calldataload(offset)
        }
    }
}
