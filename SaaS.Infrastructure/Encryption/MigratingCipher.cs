namespace SaaS.Infrastructure.Encryption;

/// <summary>
/// Encrypts with the current provider and decrypts values of both, while an installation migrates from one provider to another. The keys of
/// the former provider are kept, so that a migration can stop at any point without losing data.
/// </summary>
internal sealed class MigratingCipher(Cipher current, Cipher former) : Cipher
{
    public override string ProviderPrefix => current.ProviderPrefix;

    public override Task<IReadOnlyList<string>> EncryptAsync(
        IReadOnlyList<string> plaintexts,
        Guid tenantId,
        string purpose,
        CancellationToken ct
    ) => current.EncryptAsync(plaintexts, tenantId, purpose, ct);

    public override Task<IReadOnlyList<string>> DecryptAsync(
        IReadOnlyList<string> ciphertexts,
        Guid tenantId,
        string purpose,
        CancellationToken ct
    ) =>
        EachAsync(
            ciphertexts,
            texts => current.DecryptAsync(texts, tenantId, purpose, ct),
            texts => former.DecryptAsync(texts, tenantId, purpose, ct)
        );

    public override Task<IReadOnlyList<string>> ReencryptAsync(
        IReadOnlyList<string> ciphertexts,
        Guid tenantId,
        string purpose,
        CancellationToken ct
    ) =>
        EachAsync(
            ciphertexts,
            texts => current.ReencryptAsync(texts, tenantId, purpose, ct),
            async texts =>
            {
                var moved = await current.EncryptAsync(await former.DecryptAsync(texts, tenantId, purpose, ct), tenantId, purpose, ct);
                return await current.ReencryptAsync(moved, tenantId, purpose, ct); // encryption may use a cached version that is not the newest
            }
        );

    public override Task<CipherKey?> FindKeyAsync(Guid tenantId, string purpose, CancellationToken ct) =>
        current.FindKeyAsync(tenantId, purpose, ct);

    public override Task<CipherKey> RotateAsync(Guid tenantId, string purpose, CancellationToken ct) =>
        current.RotateAsync(tenantId, purpose, ct);

    public override Task RetireBeforeAsync(int version, Guid tenantId, string purpose, CancellationToken ct) =>
        current.RetireBeforeAsync(version, tenantId, purpose, ct);

    public override async Task DestroyAsync(Guid tenantId, CancellationToken ct)
    {
        await current.DestroyAsync(tenantId, ct);
        await former.DestroyAsync(tenantId, ct);
    }

    private async Task<IReadOnlyList<string>> EachAsync(
        IReadOnlyList<string> ciphertexts,
        Func<IReadOnlyList<string>, Task<IReadOnlyList<string>>> ofCurrent,
        Func<IReadOnlyList<string>, Task<IReadOnlyList<string>>> ofFormer
    )
    {
        var places = ciphertexts
            .Select((text, place) => (Text: text, Place: place))
            .ToLookup(one => GetProviderPrefix(one.Text) == former.ProviderPrefix);
        var results = new string[ciphertexts.Count];
        foreach (var (isFormers, turn) in new[] { (false, ofCurrent), (true, ofFormer) })
        {
            var mine = places[isFormers].ToArray();
            foreach (var (result, place) in (await turn([.. mine.Select(one => one.Text)])).Zip(mine.Select(one => one.Place)))
            {
                results[place] = result;
            }
        }

        return results;
    }
}
