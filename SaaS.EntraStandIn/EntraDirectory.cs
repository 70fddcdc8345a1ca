using System.Collections.Immutable;

namespace SaaS.Entra;

/// <summary>A directory of Entra ID (a tenant in Entra's terms): the applications and users of an organization.</summary>
/// <param name="id">The <c>tid</c> claim of tokens, and the directory's name in URLs.</param>
/// <param name="domains">Aliases of the id in URLs, such as <c>contoso.onmicrosoft.com</c>.</param>
internal sealed class EntraDirectory(Guid id, IReadOnlyList<string> domains)
{
    public Guid Id { get; } = id;

    public IReadOnlyList<string> Domains { get; } = domains;

    public ImmutableList<EntraApplication> Applications { get; private set; } = [];

    public ImmutableList<EntraUser> People { get; private set; } = [];

    public EntraApplication Add(EntraApplication application)
    {
        Applications = Applications.Add(application);
        return application;
    }

    public EntraUser Add(EntraUser person)
    {
        People = People.Add(person);
        return person;
    }

    /// <summary>Removes a user, which invalidates their tokens.</summary>
    public void Remove(EntraUser person) => People = People.Remove(person);

    internal bool HasName(string name) =>
        Guid.TryParse(name, out var asked) ? asked == Id : Domains.Contains(name, StringComparer.OrdinalIgnoreCase);

    internal EntraApplication? Application(string? clientId) =>
        Applications.Find(application => string.Equals(application.ClientId, clientId, StringComparison.OrdinalIgnoreCase));

    internal EntraUser? Person(string? nameOrObjectId) =>
        People.Find(person =>
            string.Equals(person.UserPrincipalName, nameOrObjectId, StringComparison.OrdinalIgnoreCase)
            || person.ObjectId.ToString() == nameOrObjectId
        );
}

/// <summary>An application together with the directory in which it is registered.</summary>
internal sealed record EntraRegistration(EntraDirectory Directory, EntraApplication Application);
