using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using SaaS.Core.Access;

namespace SaaS.Core.Auditing;

/// <summary>The origin of an action: the client's IP address and the trace id.</summary>
internal readonly record struct AuditOrigin(string? Address, string? TraceId)
{
    private const string AddressProperty = "saas.client.address";

    /// <summary>The origin of the current operation; consumers, jobs and commands have no address.</summary>
    public static AuditOrigin Current => new(FindAddress(), Activity.Current?.TraceId.ToHexString());

    /// <summary>Stores the client's address in the request's activity as a custom property, which no exporter sends.</summary>
    public static void StoreAddress(HttpContext http) =>
        Activity.Current?.SetCustomProperty(AddressProperty, ClientAddress.Get(http)?.ToString());

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
