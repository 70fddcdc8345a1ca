using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace SaaS.Core.Http;

/// <summary>Configures JSON: snake_case names, enums as strings, UTC times that end in Z, unknown fields rejected.</summary>
public static class WireFormat
{
    public static void AddWireFormat(this IServiceCollection services) =>
        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.TypeInfoResolver = (
                options.SerializerOptions.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver()
            ).WithAddedModifier(FlatApiResponses.AddFields);
            options.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            options.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            options.SerializerOptions.RespectNullableAnnotations = true; // rejects null for non-nullable members
            options.SerializerOptions.AllowDuplicateProperties = false; // parsers differ in which duplicate they read
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            options.SerializerOptions.Converters.Add(new EnumConverter());
            options.SerializerOptions.Converters.Add(new UtcTimeConverter());
            options.SerializerOptions.Converters.Add(new StorableJsonConverter());
        });
}
