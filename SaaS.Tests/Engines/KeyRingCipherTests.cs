using System.Security.Cryptography;
using SaaS.Platform.Secrets;

namespace SaaS.Tests.Engines;

public sealed class KeyRingCipherTests
{
    private static readonly Guid Tenant = Guid.Parse("01a20ac2-5d19-7a0a-b97a-a61a00a90502");
    private readonly KeyRingCipher _cipher = new(RandomNumberGenerator.GetBytes(32));

    [Theory]
    [InlineData("")]
    [InlineData("pässwörd 文")]
    public void What_was_sealed_is_unsealed_and_never_looks_the_same(string secret)
    {
        var (one, two) = (_cipher.Seal(secret, Tenant, "purpose"), _cipher.Seal(secret, Tenant, "purpose"));

        Assert.NotEqual(one, two);
        Assert.Equal((secret, secret), (_cipher.Unseal(one, Tenant, "purpose"), _cipher.Unseal(two, Tenant, "purpose")));
    }

    [Fact]
    public void A_value_opens_for_its_tenant_its_purpose_and_its_key_alone()
    {
        var value = _cipher.Seal("secret", Tenant, "purpose");
        var changed = value[..^4] + (value[^4] == 'A' ? 'B' : 'A') + value[^3..];

        Assert.ThrowsAny<CryptographicException>(() => _cipher.Unseal(value, Guid.Empty, "purpose"));
        Assert.ThrowsAny<CryptographicException>(() => _cipher.Unseal(value, Tenant, "another"));
        Assert.ThrowsAny<CryptographicException>(() => _cipher.Unseal(changed, Tenant, "purpose"));
        Assert.ThrowsAny<CryptographicException>(() => _cipher.Unseal("secret", Tenant, "purpose"));
        Assert.ThrowsAny<CryptographicException>(() => new KeyRingCipher(RandomNumberGenerator.GetBytes(32)).Unseal(value, Tenant, "purpose"));
    }
}
