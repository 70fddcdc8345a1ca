using System.Collections.Immutable;

namespace SaaS.Entra;

/// <summary>A directory of Entra ID, which Entra itself calls a tenant: the applications and the people of one organisation.</summary>
/// <param name="id">What tokens carry as <c>tid</c>, and what stands in every address.</param>
/// <param name="domains">Names that stand for the id in an address, such as <c>contoso.onmicrosoft.com</c>.</param>
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

    /// <summary>Forgets a person, whose tokens are then worth nothing.</summary>
    public void Remove(EntraUser person) => People = People.Remove(person);

    internal bool IsCalled(string name) =>
        Guid.TryParse(name, out var asked) ? asked == Id : Domains.Contains(name, StringComparer.OrdinalIgnoreCase);

    internal EntraApplication? Application(string? clientId) =>
        Applications.Find(application => string.Equals(application.ClientId, clientId, StringComparison.OrdinalIgnoreCase));

    internal EntraUser? Person(string? nameOrObjectId) => People.Find(person =>
        string.Equals(person.UserPrincipalName, nameOrObjectId, StringComparison.OrdinalIgnoreCase) || person.ObjectId.ToString() == nameOrObjectId);
}
