namespace SaaS.Platform.Secrets;

/// <summary>
/// Seals what must not be readable in a dump. A value is bound to its tenant and its purpose: moved to another row
/// or another tenant it cannot be opened.
/// </summary>
public abstract class Cipher
{
    /// <returns>Text that tells which key sealed it: <c>ring:v1:…</c>.</returns>
    public abstract string Seal(string plaintext, Guid tenantId, string purpose);

    /// <exception cref="System.Security.Cryptography.CryptographicException">The value was changed, or sealed for another tenant, purpose or key.</exception>
    public abstract string Unseal(string sealedText, Guid tenantId, string purpose);
}
