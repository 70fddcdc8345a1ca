namespace SaaS.Core.Access;

/// <summary>Who acts, as it stands in the audit: a person, or a part of the system that says which.</summary>
internal sealed record Actor
{
    private const string UserPrefix = "user:";

    private Actor(string name, Guid? userId)
    {
        Name = name;
        UserId = userId;
    }

    /// <summary><c>user:{id}</c>, <c>job:{name}</c>, <c>command:{name}</c>, <c>consumer:{name}</c>, <c>relay</c> or <c>anonymous</c>.</summary>
    public string Name { get; }

    public Guid? UserId { get; }

    public static readonly Actor Relay = new("relay", userId: null);

    /// <summary>A caller whose identity was not proved.</summary>
    public static readonly Actor Anonymous = new("anonymous", userId: null);

    public static Actor User(Guid id) => new($"{UserPrefix}{id}", id);

    /// <returns>The account that a name in the audit means; null for a part of the system.</returns>
    public static Guid? UserIdIn(string name) => name.StartsWith(UserPrefix, StringComparison.Ordinal) && Guid.TryParse(name.AsSpan(UserPrefix.Length), out var id) ? id : null;

    public static Actor Job(string name) => new($"job:{name}", userId: null);

    /// <summary>Whoever ran a command on the server.</summary>
    public static Actor Command(string name) => new($"command:{name}", userId: null);

    public static Actor Consumer(string name) => new($"consumer:{name}", userId: null);

    public override string ToString() => Name;
}
