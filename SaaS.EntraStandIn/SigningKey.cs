using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace SaaS.Entra;

/// <summary>
/// A signing key for ID tokens with the certificate that publishes it. As with Entra, the key id is the certificate's thumbprint.
/// </summary>
internal sealed class SigningKey
{
    private readonly RSA _key = RSA.Create(2048);
    private readonly X509Certificate2 _certificate;

    internal SigningKey(DateTimeOffset now)
    {
        var request = new CertificateRequest(
            "CN=accounts.accesscontrol.windows.net",
            _key,
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        );
        _certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(5));
        Id = Base64Url.EncodeToString(_certificate.GetCertHash());
    }

    internal string Id { get; }

    internal string PublicPem => _key.ExportSubjectPublicKeyInfoPem();

    internal byte[] Sign(byte[] content) => _key.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    internal JsonObject ToJsonWebKey(string issuer)
    {
        var parameters = _key.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["kid"] = Id,
            ["x5t"] = Id,
            ["n"] = Base64Url.EncodeToString(parameters.Modulus),
            ["e"] = Base64Url.EncodeToString(parameters.Exponent),
            ["x5c"] = new JsonArray(Convert.ToBase64String(_certificate.RawData)),
            ["issuer"] = issuer,
        };
    }
}
