using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using SaaS.Core.Access;

namespace SaaS.Core.Auditing;

/// <summary>Where an act comes from: the client's address, and the trace by which logs and spans of it are found.</summary>
internal readonly record struct AuditOrigin(string? Address, string? TraceId)
{
    private const string AddressProperty = "saas.client.address";

    /// <summary>The origin of what runs now; without an address for consumers, jobs and commands.</summary>
    public static AuditOrigin Current => new(FindAddress(), Activity.Current?.TraceId.ToHexString());

    /// <summary>Keeps the client's address with the request's activity, beside its trace id; no exporter sends such a property.</summary>
    public static void Remember(HttpContext http) => Activity.Current?.SetCustomProperty(AddressProperty, ClientAddress.Of(http)?.ToString());

    private static string? FindAddress()
    {
        for (var activity = Activity.Current; activity is not null; activity = activity.Parent)
        {
            if (activity.GetCustomProperty(AddressProperty) is string address)
            {
                return address;
            }
        }

        return null;
    }
}
