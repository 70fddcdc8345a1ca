namespace SaaS.Infrastructure.Encryption;

/// <summary>
/// While an installation moves: one cipher seals, and opens what it has sealed; the one before still opens what that has sealed, and
/// rewrapping moves it. What is sealed tells by which. The former one's keys stay as they are, so that nothing is lost whenever the
/// move stops; they go with their tenant.
/// </summary>
internal sealed class MigratingCipher(Cipher current, Cipher former) : Cipher
{
    public override string Sealer => current.Sealer;

    public override Task<IReadOnlyList<string>> EncryptAsync(IReadOnlyList<string> plaintexts, Guid tenantId, string purpose, CancellationToken ct) =>
        current.EncryptAsync(plaintexts, tenantId, purpose, ct);

    public override Task<IReadOnlyList<string>> DecryptAsync(IReadOnlyList<string> sealedTexts, Guid tenantId, string purpose, CancellationToken ct) =>
        EachAsync(sealedTexts, texts => current.DecryptAsync(texts, tenantId, purpose, ct), texts => former.DecryptAsync(texts, tenantId, purpose, ct));

    public override Task<IReadOnlyList<string>> ReencryptAsync(IReadOnlyList<string> sealedTexts, Guid tenantId, string purpose, CancellationToken ct) =>
        EachAsync(sealedTexts, texts => current.ReencryptAsync(texts, tenantId, purpose, ct), async texts =>
        {
            var moved = await current.EncryptAsync(await former.DecryptAsync(texts, tenantId, purpose, ct), tenantId, purpose, ct);
            return await current.ReencryptAsync(moved, tenantId, purpose, ct); // sealing may use a version that is remembered, and not the newest
        });

    public override Task<CipherKey?> FindKeyAsync(Guid tenantId, string purpose, CancellationToken ct) => current.FindKeyAsync(tenantId, purpose, ct);

    public override Task<CipherKey> RotateAsync(Guid tenantId, string purpose, CancellationToken ct) => current.RotateAsync(tenantId, purpose, ct);

    public override Task RetireBeforeAsync(int version, Guid tenantId, string purpose, CancellationToken ct) => current.RetireBeforeAsync(version, tenantId, purpose, ct);

    public override async Task DestroyAsync(Guid tenantId, CancellationToken ct)
    {
        await current.DestroyAsync(tenantId, ct);
        await former.DestroyAsync(tenantId, ct);
    }

    private async Task<IReadOnlyList<string>> EachAsync(IReadOnlyList<string> sealedTexts, Func<IReadOnlyList<string>, Task<IReadOnlyList<string>>> ofCurrent, Func<IReadOnlyList<string>, Task<IReadOnlyList<string>>> ofFormer)
    {
        var places = sealedTexts.Select((text, place) => (Text: text, Place: place)).ToLookup(one => SealerOf(one.Text) == former.Sealer);
        var results = new string[sealedTexts.Count];
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
