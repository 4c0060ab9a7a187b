//! The operation codes of requests and notifications.

use crate::codec::code_enum;

code_enum! {
    /// What a request asks for. Operations this crate has no layout for are not listed.
    pub enum Operation: i16, "operation" {
        /// Closes a cursor, a continuous query or another resource.
        ResourceClose = 0,
        /// Does nothing, but shows that the client is alive.
        Heartbeat = 1,
        /// Asks how long the server keeps a silent connection.
        IdleTimeout = 2,
        /// Reads a value.
        Get = 1000,
        /// Writes a value.
        Put = 1001,
        /// Writes a value unless the key has one.
        PutIfAbsent = 1002,
        /// Reads several values.
        GetAll = 1003,
        /// Writes several values.
        PutAll = 1004,
        /// Writes a value and answers the old one.
        GetAndPut = 1005,
        /// Replaces a value and answers the old one.
        GetAndReplace = 1006,
        /// Removes a value and answers it.
        GetAndRemove = 1007,
        /// Writes a value unless the key has one, and answers that.
        GetAndPutIfAbsent = 1008,
        /// Replaces a value.
        Replace = 1009,
        /// Replaces a value if it equals another.
        ReplaceIfEquals = 1010,
        /// Asks whether a key has a value.
        ContainsKey = 1011,
        /// Asks whether all of several keys have values.
        ContainsKeys = 1012,
        /// Removes everything without notifying anyone.
        Clear = 1013,
        /// Removes a key without notifying anyone.
        ClearKey = 1014,
        /// Removes several keys without notifying anyone.
        ClearKeys = 1015,
        /// Removes a key.
        RemoveKey = 1016,
        /// Removes a key if its value equals another.
        RemoveIfEquals = 1017,
        /// Removes several keys.
        RemoveKeys = 1018,
        /// Removes everything.
        RemoveAll = 1019,
        /// Counts the entries.
        Size = 1020,
        /// Reads a value that the node holds itself.
        LocalPeek = 1021,
        /// Writes several values with versions of another cluster.
        PutAllConflict = 1022,
        /// Removes several keys with versions of another cluster.
        RemoveAllConflict = 1023,
        /// Lists the caches.
        CacheNames = 1050,
        /// Creates a cache.
        CreateCacheWithName = 1051,
        /// Creates a cache unless it is there.
        GetOrCreateCacheWithName = 1052,
        /// Creates a cache by configuration.
        CreateCache = 1053,
        /// Creates a cache by configuration unless it is there.
        GetOrCreateCache = 1054,
        /// Reads a cache's configuration.
        CacheConfiguration = 1055,
        /// Removes a cache.
        DestroyCache = 1056,
        /// Which node holds which partition, for one cache.
        CacheNodePartitions = 1100,
        /// Which node holds which partition, for several caches.
        CachePartitions = 1101,
        /// Starts a scan.
        Scan = 2000,
        /// The next page of a scan.
        ScanPage = 2001,
        /// Starts a continuous query.
        ContinuousQuery = 2006,
        /// Notifies of an event of a continuous query.
        ContinuousQueryEvent = 2007,
        /// Reads a type's name.
        TypeName = 3000,
        /// Registers a type's name.
        PutTypeName = 3001,
        /// Reads a type's metadata.
        BinaryType = 3002,
        /// Registers a type's metadata.
        PutBinaryType = 3003,
        /// Reads how the cluster writes binary objects.
        BinaryConfiguration = 3004,
        /// Reads the cluster's state.
        ClusterState = 5000,
        /// Changes the cluster's state.
        ChangeClusterState = 5001,
        /// Switches a cache's write-ahead log.
        ChangeWalState = 5002,
        /// Whether a cache's write-ahead log is on.
        WalState = 5003,
        /// The nodes of a group.
        NodeIds = 5100,
        /// Details of nodes.
        NodeDetails = 5101,
        /// The addresses of nodes.
        NodeEndpoints = 5102,
        /// Starts a data streamer.
        StreamerStart = 8000,
        /// Gives a data streamer more entries.
        StreamerData = 8001,
        /// The nodes of a data centre.
        DataCenterNodes = 5103,
    }
}

impl Operation {
    /// Whether this is an operation on the entries of a cache.
    pub fn is_key_value(self) -> bool {
        (Self::Get..=Self::RemoveAllConflict).contains(&self)
    }
}
