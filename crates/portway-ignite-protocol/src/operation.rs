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
        /// Runs an entry processor on a key.
        Invoke = 1024,
        /// Runs an entry processor on several keys.
        InvokeAll = 1025,
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
        /// Starts a query in the older form of SQL.
        Sql = 2002,
        /// The next page of a query in the older form of SQL.
        SqlPage = 2003,
        /// Runs an SQL statement.
        SqlFields = 2004,
        /// The next page of rows of an SQL statement.
        SqlFieldsPage = 2005,
        /// Starts a continuous query.
        ContinuousQuery = 2006,
        /// Notifies of an event of a continuous query.
        ContinuousQueryEvent = 2007,
        /// Starts an index query.
        IndexQuery = 2008,
        /// The next page of an index query.
        IndexQueryPage = 2009,
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
        /// Starts a transaction.
        StartTransaction = 4000,
        /// Ends a transaction.
        EndTransaction = 4001,
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
        /// The nodes of a data centre.
        DataCenterNodes = 5103,
        /// Runs a compute task.
        ExecuteTask = 6000,
        /// Notifies of the end of a compute task.
        TaskFinished = 6001,
        /// Calls a method of a service.
        InvokeService = 7000,
        /// Lists the services.
        ServiceDescriptors = 7001,
        /// Describes a service.
        ServiceDescriptor = 7002,
        /// The nodes that run a service.
        ServiceNodes = 7003,
        /// Starts a data streamer.
        StreamerStart = 8000,
        /// Gives a data streamer more entries.
        StreamerData = 8001,
        /// Makes an atomic number.
        CreateAtomicLong = 9000,
        /// Removes an atomic number.
        RemoveAtomicLong = 9001,
        /// Whether there is an atomic number.
        AtomicLongExists = 9002,
        /// Reads an atomic number.
        AtomicLongValue = 9003,
        /// Adds to an atomic number and answers the sum.
        AddToAtomicLong = 9004,
        /// Sets an atomic number and answers what it was.
        SetAtomicLong = 9005,
        /// Sets an atomic number if it equals another.
        CompareAndSetAtomicLong = 9006,
        /// Sets an atomic number if it equals another, and answers what it was.
        CompareAndSetAndGetAtomicLong = 9007,
        /// Looks for a set or makes it.
        OpenSet = 9010,
        /// Removes a set.
        CloseSet = 9011,
        /// Whether there is a set.
        SetExists = 9012,
        /// Adds a value to a set.
        AddToSet = 9013,
        /// Adds several values to a set.
        AddAllToSet = 9014,
        /// Removes a value from a set.
        RemoveFromSet = 9015,
        /// Removes several values from a set.
        RemoveAllFromSet = 9016,
        /// Whether a set has a value.
        SetContains = 9017,
        /// Whether a set has all of several values.
        SetContainsAll = 9018,
        /// Removes all values but some from a set.
        RetainInSet = 9019,
        /// Counts the values of a set.
        SetSize = 9020,
        /// Removes all values of a set.
        ClearSet = 9021,
        /// Starts to walk over a set.
        IterateSet = 9022,
        /// The next page of a walk over a set.
        SetPage = 9023,
    }
}

impl Operation {
    /// Whether this is an operation on the entries of a cache.
    pub fn is_key_value(self) -> bool {
        (Self::Get..=Self::InvokeAll).contains(&self)
    }
}
