using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace SaaS.Entra;

/// <summary>How an id token is signed: as Entra does, or as somebody does who wants to be taken for Entra.</summary>
internal enum IdTokenSignature
{
    /// <summary>RS256, with the newest published key.</summary>
    Genuine,

    /// <summary>RS256 with a key that nobody published, under a name of its own.</summary>
    UnpublishedKey,

    /// <summary>RS256 with a key that nobody published, under the name of one that is.</summary>
    UnpublishedKeyUnderGenuineName,

    /// <summary>The algorithm <c>none</c>, and no signature.</summary>
    None,

    /// <summary>HS256 with what everybody knows, the public key: whoever lets the token choose the algorithm takes it for a secret.</summary>
    Hs256WithPublicKey,

    /// <summary>HS256 with the client's secret, which OpenID Connect knows and Entra never does.</summary>
    Hs256WithClientSecret,
}

internal static class IdTokenSigning
{
    internal static string Sign(this IdTokenSignature signature, JsonObject claims, SigningKey key, EntraApplication application, DateTimeOffset now)
    {
        return signature switch
        {
            IdTokenSignature.Genuine => Compact("RS256", key.Id, key.Sign),
            IdTokenSignature.UnpublishedKey => new SigningKey(now) is var own ? Compact("RS256", own.Id, own.Sign) : "",
            IdTokenSignature.UnpublishedKeyUnderGenuineName => Compact("RS256", key.Id, new SigningKey(now).Sign),
            IdTokenSignature.None => Compact("none", key.Id, _ => []),
            IdTokenSignature.Hs256WithPublicKey => Compact("HS256", key.Id, content => HMACSHA256.HashData(Encoding.ASCII.GetBytes(key.PublicPem), content)),
            IdTokenSignature.Hs256WithClientSecret => Compact("HS256", key.Id, content => HMACSHA256.HashData(Encoding.UTF8.GetBytes(application.ClientSecrets[0]), content)),
        };

        string Compact(string algorithm, string keyId, Func<byte[], byte[]> sign)
        {
            var header = new JsonObject { ["typ"] = "JWT", ["alg"] = algorithm, ["kid"] = keyId };
            var content = $"{Encoded(header)}.{Encoded(claims)}";
            return $"{content}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(content)))}";
        }
    }

    private static string Encoded(JsonObject part) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.ToJsonString()));
}
