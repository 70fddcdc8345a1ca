using System.Text.Json;

namespace SaaS.Infrastructure.Vault;

// The responses of Vault that are used here, in snake_case on the wire. Types with secrets are classes, because the ToString of a record
// would print them.

/// <summary>The envelope of every response: <c>{"data": …, "auth": …, "errors": […], "warnings": […]}</c>.</summary>
internal sealed class VaultResponse<T>
{
    public T? Data { get; init; }

    public VaultAuth? Auth { get; init; }
}

/// <summary>The token of a login or a renewal.</summary>
internal sealed class VaultAuth
{
    public required string ClientToken { get; init; }

    /// <summary>In seconds; 0 never expires.</summary>
    public int LeaseDuration { get; init; }

    public bool Renewable { get; init; }
}

/// <summary><c>{"errors": ["…"]}</c>, with every status from 400 on.</summary>
internal sealed record VaultErrors(IReadOnlyList<string>? Errors);

/// <summary><c>sys/health</c>, which has no envelope.</summary>
internal sealed record VaultHealth(bool Initialized, bool Sealed, bool Standby);

/// <summary>A key of the transit engine: <c>keys</c> maps versions to Unix seconds.</summary>
internal sealed record VaultTransitKey(IReadOnlyDictionary<int, long> Keys, int MinDecryptionVersion);

/// <summary>The names below a path: <c>{"keys": ["…"]}</c>.</summary>
internal sealed record VaultNames(IReadOnlyList<string> Keys);

/// <summary>The result of encrypt, decrypt or rewrap for one text; in a batch, also its error.</summary>
internal sealed class VaultText
{
    public string? Plaintext { get; init; }

    public string? Ciphertext { get; init; }

    public string? Error { get; init; }
}

/// <summary>The results of a batch, in its order.</summary>
internal sealed class VaultTexts
{
    public IReadOnlyList<VaultText>? BatchResults { get; init; }
}

/// <summary>A secret of the key/value engine: <c>{"data": {"field": …}, "metadata": {…}}</c>; a deleted version has no data.</summary>
internal sealed class VaultSecretData
{
    public IReadOnlyDictionary<string, JsonElement>? Data { get; init; }

    public required VaultVersion Metadata { get; init; }
}

/// <summary>The metadata of one version of a secret.</summary>
internal sealed record VaultVersion(int Version);

/// <summary>The metadata of a secret.</summary>
internal sealed record VaultSecretVersions(int CurrentVersion);
