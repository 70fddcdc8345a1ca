using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace SaaS.Core.Http;

/// <summary>How everything looks in JSON: snake_case, words for enums, UTC times that end in Z, and no field that we do not know.</summary>
public static class WireFormat
{
    public static void AddWireFormat(this IServiceCollection services) =>
        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.TypeInfoResolver = (options.SerializerOptions.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver()).WithAddedModifier(FlatApiResponses.AddFields);
            options.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            options.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            options.SerializerOptions.RespectNullableAnnotations = true; // a null where a value is declared is refused, not carried to the database
            options.SerializerOptions.AllowDuplicateProperties = false; // of two values of one field, somebody would read the other
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            options.SerializerOptions.Converters.Add(new EnumConverter());
            options.SerializerOptions.Converters.Add(new UtcTimeConverter());
            options.SerializerOptions.Converters.Add(new StorableJsonConverter());
        });
}
