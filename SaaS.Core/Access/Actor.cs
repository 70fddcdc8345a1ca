namespace SaaS.Core.Access;

/// <summary>The actor of an audit entry: a user, a service account, or a named part of the system.</summary>
internal sealed record Actor
{
    private const string UserPrefix = "user:";

    private Actor(string name, Guid? userId)
    {
        Name = name;
        UserId = userId;
    }

    /// <summary>
    /// The name in the audit: <c>user:{id}</c>, <c>service_account:{id}</c>, <c>job:{name}</c>, <c>command:{name}</c>,
    /// <c>consumer:{name}</c>, <c>relay</c> or <c>anonymous</c>.
    /// </summary>
    public string Name { get; }

    public Guid? UserId { get; }

    public static readonly Actor Relay = new("relay", userId: null);

    /// <summary>A client that is not authenticated.</summary>
    public static readonly Actor Anonymous = new("anonymous", userId: null);

    public static Actor User(Guid id) => new($"{UserPrefix}{id}", id);

    public static Actor ServiceAccount(Guid id) => new($"service_account:{id}", userId: null);

    /// <summary>Parses the account's id from an actor's name; null for a part of the system.</summary>
    public static Guid? ParseUserId(string name) =>
        name.StartsWith(UserPrefix, StringComparison.Ordinal) && Guid.TryParse(name.AsSpan(UserPrefix.Length), out var id) ? id : null;

    public static Actor Job(string name) => new($"job:{name}", userId: null);

    /// <summary>An operator who runs a command on the server.</summary>
    public static Actor Command(string name) => new($"command:{name}", userId: null);

    public static Actor Consumer(string name) => new($"consumer:{name}", userId: null);

    public override string ToString() => Name;
}
