using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace SaaS.Entra;

/// <summary>The way an ID token is signed: as Entra does, or as an attacker would.</summary>
internal enum IdTokenSignature
{
    /// <summary>RS256, with the newest published key.</summary>
    Genuine,

    /// <summary>RS256 with an unpublished key and an unknown key id.</summary>
    UnpublishedKey,

    /// <summary>RS256 with an unpublished key and the key id of a published one.</summary>
    UnpublishedKeyUnderGenuineName,

    /// <summary>The algorithm <c>none</c>, and no signature.</summary>
    None,

    /// <summary>
    /// HS256 with the public key as the secret: the algorithm confusion attack on clients that trust the token's algorithm.
    /// </summary>
    Hs256WithPublicKey,

    /// <summary>HS256 with the client secret, which OpenID Connect allows and Entra never uses.</summary>
    Hs256WithClientSecret,
}

internal static class IdTokenSigning
{
    internal static string Sign(
        this IdTokenSignature signature,
        JsonObject claims,
        SigningKey key,
        EntraApplication application,
        DateTimeOffset now
    )
    {
        return signature switch
        {
            IdTokenSignature.Genuine => Compact("RS256", key.Id, key.Sign),
            IdTokenSignature.UnpublishedKey => new SigningKey(now) is var own ? Compact("RS256", own.Id, own.Sign) : "",
            IdTokenSignature.UnpublishedKeyUnderGenuineName => Compact("RS256", key.Id, new SigningKey(now).Sign),
            IdTokenSignature.None => Compact("none", key.Id, _ => []),
            IdTokenSignature.Hs256WithPublicKey => Compact(
                "HS256",
                key.Id,
                content => HMACSHA256.HashData(Encoding.ASCII.GetBytes(key.PublicPem), content)
            ),
            IdTokenSignature.Hs256WithClientSecret => Compact(
                "HS256",
                key.Id,
                content => HMACSHA256.HashData(Encoding.UTF8.GetBytes(application.ClientSecrets[0]), content)
            ),
        };

        string Compact(string algorithm, string keyId, Func<byte[], byte[]> sign)
        {
            var header = new JsonObject
            {
                ["typ"] = "JWT",
                ["alg"] = algorithm,
                ["kid"] = keyId,
            };
            var content = $"{Encoded(header)}.{Encoded(claims)}";
            return $"{content}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(content)))}";
        }
    }

    private static string Encoded(JsonObject part) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.ToJsonString()));
}
