using System.Security.Cryptography;
using System.Text;

namespace SaaS.Core.Auditing;

/// <summary>An id for what has only a name: always the same for that name.</summary>
internal static class NamedId
{
    public static Guid Of(string name) => new(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16), bigEndian: true);
}
