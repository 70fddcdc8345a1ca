using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;

namespace SaaS.Core.Http;

/// <summary>The query parameters of a route by name, with the type of each. Found when the route is built, from its handler's parameters.</summary>
public sealed class QueryParameters
{
    private const string UnknownParameter = "Unknown query parameter.";

    private readonly FrozenDictionary<string, Type> _types;

    private QueryParameters(RouteEndpointBuilder route)
    {
        var inPath = route.RoutePattern.Parameters.Select(parameter => parameter.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        _types = route.Metadata.OfType<IParameterBindingMetadata>()
            .Where(parameter => IsQuery(parameter.ParameterInfo) && !inPath.Contains(parameter.Name))
            .ToFrozenDictionary(parameter => NameOf(parameter), parameter => Nullable.GetUnderlyingType(parameter.ParameterInfo.ParameterType) ?? parameter.ParameterInfo.ParameterType);
    }

    public IEnumerable<string> Names => _types.Keys;

    /// <summary>Attaches to each route of the group what its query may hold.</summary>
    public static void AddTo(IEndpointConventionBuilder routes) =>
        routes.Finally(endpoint =>
        {
            if (endpoint is RouteEndpointBuilder route)
            {
                route.Metadata.Add(new QueryParameters(route));
            }
        });

    /// <returns>Null when the query is what the route takes.</returns>
    public Problem? FindFault(IQueryCollection query)
    {
        var faults = query
            .Select(parameter => (parameter.Key, Fault: FaultOf(parameter.Key, parameter.Value)))
            .Where(parameter => parameter.Fault is not null)
            .ToDictionary(parameter => parameter.Key, parameter => new[] { parameter.Fault! });
        return faults.Count > 0 ? Problem.OfFields(faults) : null;
    }

    private string? FaultOf(string name, StringValues values) =>
        !_types.TryGetValue(name, out var type) ? UnknownParameter
        : values.Count > 1 ? "Must be given once."
        : FaultOf(type, values.ToString());

    private static string? FaultOf(Type type, string text) => type switch
    {
        _ when type == typeof(bool) => bool.TryParse(text, out _) ? null : "Must be true or false.",
        _ when type == typeof(Guid) => Guid.TryParseExact(text, "D", out _) ? null : "Not a valid UUID.",
        _ when type == typeof(int) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? null : "Not a valid integer.",
        _ when type == typeof(DateTimeOffset) => Rfc3339.TryReadTime(text, out _) ? null : Rfc3339.TimeExpected,
        _ when type == typeof(DateOnly) => Rfc3339.TryReadDate(text, out _) ? null : Rfc3339.DateExpected,
        _ => null,
    };

    private static bool IsQuery(ParameterInfo parameter)
    {
        var attributes = parameter.GetCustomAttributes(inherit: false);
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        return attributes.OfType<IFromQueryMetadata>().Any()
            || (!attributes.Any(attribute => attribute is IFromHeaderMetadata or IFromBodyMetadata or IFromFormMetadata or IFromServiceMetadata)
                && (type == typeof(string) || type == typeof(bool) || type == typeof(Guid) || type == typeof(int) || type == typeof(DateTimeOffset) || type == typeof(DateOnly)));
    }

    private static string NameOf(IParameterBindingMetadata parameter) =>
        parameter.ParameterInfo.GetCustomAttributes(inherit: false).OfType<IFromQueryMetadata>().SingleOrDefault()?.Name ?? parameter.Name;
}

/// <summary>Marks a route whose query others write, which may hold more than we know: what a provider appends to a redirect (RFC 6749, section 4.1.2).</summary>
public sealed record AllowsUnknownQueryParameters;

/// <summary>Refuses what a route's query cannot hold, after the caller is known to be allowed in.</summary>
public sealed class QueryValidationMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        var problem = http.Request.Query.Count > 0
            && http.GetEndpoint()?.Metadata is { } metadata
            && metadata.GetMetadata<QueryParameters>() is { } parameters
            && metadata.GetMetadata<AllowsUnknownQueryParameters>() is null
                ? parameters.FindFault(http.Request.Query)
                : null;
        return problem is null ? next(http) : problem.ToHttp().ExecuteAsync(http);
    }
}
