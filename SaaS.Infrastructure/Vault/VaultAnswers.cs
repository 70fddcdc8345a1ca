using System.Text.Json;

namespace SaaS.Infrastructure.Vault;

// What Vault answers, as far as we read it. Names are in snake_case on the wire.
// Classes where there is a secret inside: a record would print it.

/// <summary>The envelope of every answer: <c>{"data": …, "auth": …, "errors": […], "warnings": […]}</c>.</summary>
internal sealed class VaultResponse<T>
{
    public T? Data { get; init; }

    public VaultAuth? Auth { get; init; }
}

/// <summary>The token of a sign-in or a renewal.</summary>
internal sealed class VaultAuth
{
    public required string ClientToken { get; init; }

    /// <summary>Seconds; 0 never expires.</summary>
    public int LeaseDuration { get; init; }

    public bool Renewable { get; init; }
}

/// <summary><c>{"errors": ["…"]}</c>, with every status from 400 on.</summary>
internal sealed record VaultErrors(IReadOnlyList<string>? Errors);

/// <summary><c>sys/health</c>, which answers without an envelope.</summary>
internal sealed record VaultHealth(bool Initialized, bool Sealed, bool Standby);

/// <summary>A key of the transit engine: <c>keys</c> is version → seconds since 1970.</summary>
internal sealed record VaultTransitKey(IReadOnlyDictionary<int, long> Keys, int MinDecryptionVersion);

/// <summary>Names below a path: <c>{"keys": ["…"]}</c>.</summary>
internal sealed record VaultNames(IReadOnlyList<string> Keys);

/// <summary>What encrypt, decrypt and rewrap answer for one text; in a batch, also what is wrong with it.</summary>
internal sealed class VaultText
{
    public string? Plaintext { get; init; }

    public string? Ciphertext { get; init; }

    public string? Error { get; init; }
}

/// <summary>The same for many texts, in their order.</summary>
internal sealed class VaultTexts
{
    public IReadOnlyList<VaultText>? BatchResults { get; init; }
}

/// <summary>A secret of the key/value engine: <c>{"data": {"field": …}, "metadata": {…}}</c>; a version that was deleted has no data.</summary>
internal sealed class VaultSecretData
{
    public IReadOnlyDictionary<string, JsonElement>? Data { get; init; }

    public required VaultVersion Metadata { get; init; }
}

/// <summary>What the key/value engine says of one version.</summary>
internal sealed record VaultVersion(int Version);

/// <summary>What it says of a secret without its values.</summary>
internal sealed record VaultSecretVersions(int CurrentVersion);
