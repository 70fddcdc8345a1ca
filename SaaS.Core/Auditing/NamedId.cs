using System.Security.Cryptography;
using System.Text;

namespace SaaS.Core.Auditing;

/// <summary>Derives a stable id from a name, for subjects that have no id.</summary>
internal static class NamedId
{
    public static Guid From(string name) => new(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16), bigEndian: true);
}
