namespace SaaS.Entra;

/// <summary>
/// The predefined directory of a stand-in that runs as its own process. All values are fixed and public, so that a client's configuration
/// stays valid; they give access to nothing outside this machine.
/// </summary>
internal static class DevelopmentDirectory
{
    internal const string ClientSecret = "development-secret-of-the-stand-in";

    internal static readonly Guid Id = new("11111111-1111-4111-8111-111111111111");
    internal static readonly Guid ClientId = new("22222222-2222-4222-8222-222222222222");
    internal static readonly Guid Administrators = new("33333333-3333-4333-8333-000000000001");
    internal static readonly Guid Engineers = new("33333333-3333-4333-8333-000000000002");

    internal static EntraDirectory AddTo(EntraStandIn standIn)
    {
        var directory = standIn.AddDirectory(Id, "contoso.onmicrosoft.com", "contoso.com");
        directory.Add(
            new EntraApplication
            {
                ClientId = ClientId.ToString(),
                ClientSecrets = [ClientSecret],
                LoopbackRedirectPath = "/api/auth/sso/azure/callback",
                EmitsGroups = true,
            }
        );
        directory.Add(Person(1, "Ada", "Lovelace", "Head of Computing", Administrators, Engineers));
        directory.Add(Person(2, "Charles", "Babbage", "Engineer", Engineers));
        directory.Add(Person(3, "Mary", "Somerville", "Reader"));
        var left = directory.Add(Person(4, "Luigi", "Menabrea", "Captain"));
        left.IsEnabled = false;
        return directory;
    }

    private static EntraUser Person(byte number, string givenName, string familyName, string jobTitle, params IReadOnlyList<Guid> groups) =>
        new()
        {
            ObjectId = new Guid($"44444444-4444-4444-8444-0000000000{number:00}"),
            UserPrincipalName = $"{givenName.ToLowerInvariant()}@contoso.com",
            Email = $"{givenName.ToLowerInvariant()}@contoso.com",
            GivenName = givenName,
            FamilyName = familyName,
            Name = $"{givenName} {familyName}",
            JobTitle = jobTitle,
            Department = "Computing",
            Company = "Contoso",
            Groups = groups,
        };
}
